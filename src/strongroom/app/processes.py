"""The processes of `strongroom serve`: N workers on one socket, one process for timed work, and a parent that watches them.

Everything is imported and compiled before the fork; connections and threads are opened after it.
"""

import ctypes
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

import structlog

RESTART_DELAY = 1.0  # seconds before a process that ended by itself is started again
LOOK_SECONDS = 0.2
BACKLOG = 2048
PR_SET_PDEATHSIG = 1  # linux/prctl.h

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Role:
    """One process: what it is called in the log, and what it runs. `run` returns when it gets SIGTERM."""

    name: str
    run: Callable[[], None]


def _end_with_parent() -> None:
    """Have the kernel stop this process when its parent dies, so that a killed server leaves nothing behind."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket that the workers share. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(BACKLOG)
    listener.set_inheritable(True)
    return listener


class Supervisor:
    """Starts the roles, starts again what ends by itself, and on SIGTERM or SIGINT stops all of them and waits."""

    def __init__(self, roles: Sequence[Role], stop_timeout: float) -> None:
        self._roles = roles
        self._stop_timeout = stop_timeout
        self._running: dict[int, Role] = {}
        self._waiting: list[tuple[float, Role]] = []
        self._stopping = False

    def run(self) -> None:
        """Return when every process has ended after a stop."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        for role in self._roles:
            self._start(role)
        while not self._stopping:
            self._reap()
            self._start_waiting()
            time.sleep(LOOK_SECONDS)
        self._end()

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _start(self, role: Role) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self._running[pid] = role
            return
        status = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            _end_with_parent()
            if os.getppid() == parent:
                role.run()
                status = 0
        except Exception:
            log.exception("process failed", process=role.name)
        finally:
            os._exit(status)

    def _reap(self) -> None:
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            role = self._running.pop(pid, None)
            if role is not None and not self._stopping:
                log.error("process ended; it is started again", process=role.name, status=os.waitstatus_to_exitcode(status))
                self._waiting.append((time.monotonic() + RESTART_DELAY, role))

    def _start_waiting(self) -> None:
        due = [entry for entry in self._waiting if entry[0] <= time.monotonic()]
        for entry in due:
            self._waiting.remove(entry)
            self._start(entry[1])

    def _end(self) -> None:
        """Ask every process to stop, wait, and end those that don't."""
        self._signal_all(signal.SIGTERM)
        deadline = time.monotonic() + self._stop_timeout + LOOK_SECONDS * 5
        while self._running and time.monotonic() < deadline:
            self._reap()
            time.sleep(LOOK_SECONDS / 4)
        self._signal_all(signal.SIGKILL)
        while self._running:
            pid, _ = os.waitpid(-1, 0)
            self._running.pop(pid, None)

    def _signal_all(self, number: signal.Signals) -> None:
        for pid in self._running:
            os.kill(pid, number)
