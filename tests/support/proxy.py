"""A TCP proxy before PostgreSQL that can lose the answer to COMMIT, or COMMIT itself, or announcements, or stop forwarding."""

import socket
from pathlib import Path
from threading import Event, Lock, Thread

# The whole statement, not the isolation level in BEGIN.
_COMMIT = b"COMMIT\0"
_CHUNK = 65536
_LISTEN, _LISTEN_ELSEWHERE = b"LISTEN strongroom_feed", b"LISTEN strongroom_void"


class Proxy:
    """Forwards connections to a server's socket. With `lose_next_answer` or `lose_next_commit`, the next COMMIT breaks its connection.

    With `deaf`, connections made from then on never hear an announcement. Between `freeze` and `thaw` nothing is forwarded
    and nothing is broken, as in a network that drops packets.
    """

    def __init__(self, server_socket: Path) -> None:
        self._server_socket = str(server_socket)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._lock = Lock()
        self._threads: list[Thread] = []
        self.lose_next_answer = False
        self.lose_next_commit = False
        self.lost = 0
        self.refuse = False
        self.deaf = False
        self._flowing = Event()
        self._flowing.set()
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    def close(self) -> None:
        """Close everything and wait for the threads."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.thaw()
        self.cut()
        for thread in list(self._threads):
            thread.join()

    def cut(self) -> None:
        """Break every connection."""
        with self._lock:
            for end in self._open:
                _break(end)
            self._open.clear()

    def freeze(self) -> None:
        """Hold everything back."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Forward what was held back, and go on."""
        self._flowing.set()

    def _start(self, target: object, *arguments: object) -> None:
        thread = Thread(target=target, args=arguments)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # small messages are not to wait for acknowledgements
            if self.refuse:
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self._server_socket)
            except OSError:  # the server is down
                client.close()
                server.close()
                continue
            with self._lock:
                self._open += [client, server]
            self._start(self._up, client, server)
            self._start(self._down, client, server)

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with client:
            while data := _received(client):
                self._flowing.wait()
                if self.deaf:
                    data = data.replace(_LISTEN, _LISTEN_ELSEWHERE)
                if _COMMIT in data and self.lose_next_commit:
                    self.lose_next_commit, self.lost = False, self.lost + 1
                    break
                if _COMMIT in data and self.lose_next_answer:
                    self.lose_next_answer, self.lost = False, self.lost + 1
                    _break(client)  # before the server hears of it, so that no answer gets through
                    _send(server, data)
                    return
                _send(server, data)
            _break(server)

    def _down(self, client: socket.socket, server: socket.socket) -> None:
        with server:
            while data := _received(server):
                self._flowing.wait()
                _send(client, data)
            _break(client)


def _received(end: socket.socket) -> bytes:
    try:
        return end.recv(_CHUNK)
    except OSError:
        return b""


def _send(end: socket.socket, data: bytes) -> None:
    try:
        end.sendall(data)
    except OSError:
        return  # the other direction notices, and ends both


def _break(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
