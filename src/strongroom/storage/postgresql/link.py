"""This process's connections to PostgreSQL, and since when the server is out of reach."""

import os
import socket
from contextlib import suppress
from threading import Event, Lock, Thread
from time import monotonic

import psycopg

from strongroom.core.errors import ServiceUnavailable
from strongroom.storage.postgresql.session import connect
from strongroom.storage.session import Row

# A node that could not confirm its position in the feed for this long does not trust its cache.
TRUST_SECONDS = 1.0
# A node that could not for this long is cut off: reads are answered as unavailable at once, and what waits for the server is woken.
LOST_SECONDS = 2.0
LOOK_SECONDS = 0.25


class Link:
    """Opens connections, and breaks those that wait for a server that is out of reach.

    A network that drops packets leaves a reader waiting for the kernel's or a proxy's timeouts. The server counts as out of
    reach once the feed was not confirmed for LOST_SECONDS, since that is asked several times a second.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._confirmed = 0.0
        self._lock = Lock()
        self._open: list[tuple[psycopg.Connection[Row], socket.socket, float]] = []
        self._stop = Event()
        self._thread = Thread(target=self._run, name="strongroom-link")

    def start(self) -> None:
        """Start looking; after the fork."""
        self._thread.start()

    def close(self) -> None:
        """End the thread. Whoever opened a connection closes it."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock:
            for _, handle, _ in self._open:
                handle.close()
            self._open = []

    def connect(self, *, autocommit: bool) -> psycopg.Connection[Row]:
        """Return a connection that is broken if it waits while the server is out of reach. Raises psycopg.OperationalError."""
        connection = connect(self._url, autocommit=autocommit)
        # a handle of our own: the driver's number may belong to another file by the time that it is used
        handle = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._open.append((connection, handle, monotonic()))
        return connection

    def confirm(self, asked: float) -> None:
        """Note that everything committed before `asked` (monotonic seconds) has left the cache."""
        self._confirmed = asked

    def is_current(self) -> bool:
        """Return whether the cache was confirmed within TRUST_SECONDS."""
        return monotonic() - self._confirmed < TRUST_SECONDS

    def ensure_reachable(self) -> None:
        """Raise ServiceUnavailable if the server is out of reach, instead of waiting for it."""
        if monotonic() - self._confirmed >= LOST_SECONDS:
            raise ServiceUnavailable

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            self._look(monotonic())

    def _look(self, now: float) -> None:
        lost = now - self._confirmed >= LOST_SECONDS
        with self._lock:
            kept = []
            for connection, handle, opened in self._open:
                if not connection.closed and not (lost and now - opened >= LOST_SECONDS):
                    kept.append((connection, handle, opened))
                    continue
                if not connection.closed:
                    with suppress(OSError):
                        handle.shutdown(socket.SHUT_RDWR)
                handle.close()
            self._open = kept
