"""One child process that runs one function: frames in and out, its output kept, its time measured, its end certain."""

import contextlib
import json
import os
import selectors
import signal
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import strongroom
from strongroom.functions.errors import FunctionsUnavailable
from strongroom.functions.rules.limits import LOG_BYTES, MOST_PAYLOAD_BYTES
from strongroom.functions.runner.environment import base_environment
from strongroom.functions.runner.launcher import CANNOT_CONFINE, CANNOT_EXECUTE

HERE = Path(__file__).resolve().parent
SOURCE = str(Path(strongroom.__file__).resolve().parents[1])  # what templates are imported from
LENGTH = struct.Struct(">I")
MOST_ANSWER_BYTES = MOST_PAYLOAD_BYTES * 2 + 1024  # JSON text within JSON
END_SECONDS = 2.0
_CHUNK = 65536
_HEAD = LOG_BYTES * 3 // 4


class EndedError(Exception):
    """The process ended (or broke the conversation off) before it answered. `status` is its exit status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"exit status {status}")
        self.status = status


class TimedOutError(Exception):
    """The time was over before it answered."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.2f} seconds")


class Output:
    """What the function prints: its first 48 KiB and its last 16, whatever it prints between them."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    def add(self, data: bytes) -> None:
        """Take what was printed."""
        room = _HEAD - len(self._head)
        self._head += data[:room] if room > 0 else b""
        self._tail += data[max(room, 0) :]
        surplus = len(self._tail) - (LOG_BYTES - _HEAD)
        if surplus > 0:
            del self._tail[:surplus]
            self._dropped += surplus

    def take(self) -> bytes:
        """Return what was kept, and begin anew."""
        gap = b"\n[... %d bytes left out ...]\n" % self._dropped if self._dropped else b""
        kept = bytes(self._head) + gap + bytes(self._tail)
        self.__init__()  # type: ignore[misc] # begins anew
        return kept


@dataclass(frozen=True, slots=True)
class Confinement:
    """How processes are kept apart. `hidden` are directories and files that functions must not see."""

    uid: int
    hidden: tuple[str, ...]
    unconfined: bool
    memory_mb: int
    file_mb: int


class FunctionProcess:
    """A launched process. Used by one thread at a time. `end` must be called at some time, whatever happened.

    Attributes:
        fresh_until: how long its credentials are good for, on the monotonic clock; 0.0 until it has loaded its function.
    """

    def __init__(self, confinement: Confinement) -> None:
        self.confinement = confinement
        self.fresh_until = 0.0
        self.output = Output()
        request_read, self._requests = os.pipe()
        self._answers, answer_write = os.pipe()
        settings = {
            "uid": confinement.uid,
            "hidden": confinement.hidden,
            "unconfined": confinement.unconfined,
            "memory_mb": confinement.memory_mb,
            "file_mb": confinement.file_mb,
            "source": SOURCE,
            "bootstrap": str(HERE / "bootstrap.py"),
            "requests": request_read,
            "answers": answer_write,
        }
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", str(HERE / "launcher.py"), json.dumps(settings)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(request_read, answer_write),
            env=base_environment(),
            start_new_session=True,
        )
        os.close(request_read)
        os.close(answer_write)
        self._printed = self._process.stdout.fileno() if self._process.stdout else -1
        for number in (self._requests, self._answers, self._printed):
            os.set_blocking(number, False)

    def exchange(self, frames: tuple[bytes, ...], seconds: float) -> dict[str, object]:
        """Send frames and return the answer. Raises EndedError, TimedOutError, and FunctionsUnavailable where it can't be confined."""
        to_send = memoryview(b"".join(LENGTH.pack(len(frame)) + frame for frame in frames))
        received = bytearray()
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._requests, selectors.EVENT_WRITE)
            selector.register(self._answers, selectors.EVENT_READ)
            selector.register(self._printed, selectors.EVENT_READ)
            while (answer := self._answer(received)) is None:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimedOutError(seconds)
                for key, _ in selector.select(left):
                    if key.fd == self._requests:
                        to_send = self._send(to_send)
                        if not to_send:
                            selector.unregister(self._requests)
                    elif key.fd == self._printed:
                        if not self._take_output():
                            selector.unregister(self._printed)
                    elif not self._receive(received):
                        raise self._ended()
        while self._take_output():
            pass
        return answer

    def _send(self, data: memoryview) -> memoryview:
        try:
            return data[os.write(self._requests, data[:_CHUNK]) :]
        except BlockingIOError:
            return data
        except BrokenPipeError:
            return memoryview(b"")  # the end of its answers says the rest

    def _receive(self, received: bytearray) -> bool:
        """Take a piece of the answer; False at its end."""
        try:
            data = os.read(self._answers, _CHUNK)
        except BlockingIOError:
            return True
        received += data
        return bool(data) and len(received) <= MOST_ANSWER_BYTES

    def _answer(self, received: bytearray) -> dict[str, object] | None:
        if len(received) < LENGTH.size:
            return None
        length = LENGTH.unpack_from(received)[0]
        if length > MOST_ANSWER_BYTES:
            raise self._ended()
        if len(received) < LENGTH.size + length:
            return None
        try:
            answer = json.loads(received[LENGTH.size : LENGTH.size + length])
        except (ValueError, RecursionError) as error:
            raise self._ended() from error
        if not isinstance(answer, dict):
            raise self._ended()
        return answer

    def _take_output(self) -> bool:
        """Keep what was printed meanwhile; False if there is nothing now."""
        try:
            data = os.read(self._printed, _CHUNK)
        except BlockingIOError:
            return False
        self.output.add(data)
        return bool(data)

    def _ended(self) -> Exception:
        """End the process and return what to raise for it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        status = self._process.returncode
        self.end()
        if status in {CANNOT_CONFINE, CANNOT_EXECUTE}:
            reason = self.output.take().decode(errors="replace").strip()
            if status == CANNOT_CONFINE:
                reason = (
                    f"functions can't be kept apart from the server here ({reason}): run the server as root, allow user namespaces, or "
                    "accept it with STRONGROOM_ALLOW_UNCONFINED_FUNCTIONS=true"
                )
            return FunctionsUnavailable(reason)
        return EndedError(self._process.returncode if status is None else status)

    @property
    def alive(self) -> bool:
        """Return whether the process runs."""
        return self._process.poll() is None

    def interrupt(self) -> None:
        """Have the process end; the thread that waits for its answer sees that. May be called from any thread."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)

    def end(self) -> None:
        """End the process and everything that it started, and keep what it printed last. May be called again."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)  # the launcher ends the function, and what the function started
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        if self._process.stdout is not None and not self._process.stdout.closed:
            for _ in range(LOG_BYTES // _CHUNK + 16):
                if not self._take_output():
                    break
            self._process.stdout.close()
            os.close(self._requests)
            os.close(self._answers)
