"""The functions that run and those that stay warm. Implements calls.functions.FunctionRunner.

A process serves one revision of one function (a template: for one secret), one invocation at a time. It is ended when it misbehaves, when
it has been idle for a while, and before its credentials run out.
"""

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from strongroom.calls.functions import Invocation, InvocationAnswer, RemoteInvocation
from strongroom.functions.errors import FunctionsUnavailable, TooManyInvocations
from strongroom.functions.rules.limits import LOG_BYTES
from strongroom.functions.runner.environment import function_environment
from strongroom.functions.runner.process import SOURCE, Confinement, EndedError, FunctionProcess, TimedOutError

AT_ONCE = 16
WAIT_SECONDS = 10.0  # for a place, before the caller is told to come back
INIT_SECONDS = 10.0  # Lambda's own limit
IDLE_SECONDS = 300.0
MOST_IDLE = 16
FRESH_SECONDS = 600.0  # credentials that run out sooner are not used again
LOOK_SECONDS = 10.0
FIRST_UID = 0x60000000  # far above every user and container range in use
MOST_PIDS = 4_000_000  # Linux's own limit
FILE_MB = 512  # that a function may write
_UIDS = AT_ONCE + MOST_IDLE + 16

KeepLog = Callable[[Invocation, bytes], None]
Forward = Callable[[RemoteInvocation], InvocationAnswer]


@dataclass(frozen=True, slots=True)
class RunnerSettings:
    """What all functions of one server share.

    Attributes:
        endpoint: this server's URL, as functions reach it.
        authority: the certificate of the authority behind it (PEM), where it is our own.
        hidden: directories and files that no function may see.
        unconfined: run functions although nothing keeps them apart from the server.
    """

    endpoint: Callable[[], str]
    authority: str | None
    hidden: tuple[str, ...]
    unconfined: bool


class ProcessPool:
    """Runs functions for one process of the server."""

    def __init__(self, settings: RunnerSettings, keep_log: KeepLog, forward: Forward | None = None) -> None:
        self._settings = settings
        self._keep_log = keep_log
        self._forward = forward
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._idle: dict[str, list[tuple[FunctionProcess, float]]] = {}
        self._running: set[FunctionProcess] = set()
        self._uids = list(range(_UIDS))
        self._closing = threading.Event()
        self._reaper: threading.Thread | None = None

    @property
    def forwards(self) -> bool:
        """Return whether another endpoint is set for functions that this server does not hold."""
        return self._forward is not None

    def forward(self, invocation: RemoteInvocation) -> InvocationAnswer:
        """Send an invocation to the other endpoint."""
        if self._forward is None:
            raise FunctionsUnavailable("No other Lambda endpoint is set.")
        return self._forward(invocation)

    def run(self, invocation: Invocation) -> InvocationAnswer:
        """Run a function in a warm process or a new one."""
        if self._closing.is_set() or not self._places.acquire(timeout=WAIT_SECONDS):
            raise TooManyInvocations
        try:
            return self._run(invocation)
        finally:
            self._places.release()

    def close(self) -> None:
        """End every process: the idle ones, and the others in the middle of their invocation, which fails."""
        self._closing.set()
        with self._lock:
            idle = [process for kept in self._idle.values() for process, _ in kept]
            running = list(self._running)
            self._idle.clear()
        for process in running:
            process.interrupt()
        for process in idle:
            self._end(process)
        if self._reaper is not None:
            self._reaper.join()

    def _run(self, invocation: Invocation) -> InvocationAnswer:
        started = time.monotonic()
        process = self._warm(invocation.scope) or self._new(invocation)
        healthy = False
        with self._lock:
            self._running.add(process)
        try:
            answer = self._start(process, invocation) or self._invoke(process, invocation)
            healthy = process.alive
        except EndedError as error:
            answer = _failure(invocation, "Runtime.ExitError", f"Runtime exited with error: exit status {error.status}")
        except TimedOutError as error:
            answer = _failure(invocation, "Sandbox.Timedout", f"Task timed out after {error}")
        finally:
            with self._lock:
                self._running.discard(process)
            if not healthy:
                self._end(process)
        output = _report(invocation, process.output.take(), time.monotonic() - started)
        if healthy:
            self._keep(invocation, process)
        self._keep_log(invocation, output)
        return InvocationAnswer(answer.payload, answer.error, output)

    def _start(self, process: FunctionProcess, invocation: Invocation) -> InvocationAnswer | None:
        """Have a new process load the function; return what that failed with."""
        if process.fresh_until:
            return None
        settings = {
            "handler": invocation.handler,
            "source": SOURCE,
            "environment": function_environment(invocation, self._settings.endpoint()),
            "authority": self._settings.authority,
        }
        ready = process.exchange((json.dumps(settings).encode(), invocation.code or b""), INIT_SECONDS)
        process.fresh_until = time.monotonic() + invocation.credentials.expires_at - time.time() - FRESH_SECONDS
        if ready.get("ready") is True:
            return None
        self._end(process)
        return _answer(ready)

    def _invoke(self, process: FunctionProcess, invocation: Invocation) -> InvocationAnswer:
        request = {
            "request_id": invocation.request_id,
            "arn": invocation.arn,
            "timeout": invocation.timeout,
            "payload": invocation.payload.decode("utf-8", "replace"),
        }
        return _answer(process.exchange((json.dumps(request).encode(),), invocation.timeout))

    def _new(self, invocation: Invocation) -> FunctionProcess:
        """Launch a process under a user id that no other has. Raises OSError."""
        with self._lock:
            slot = self._uids.pop()
        uid = FIRST_UID + (os.getpid() % MOST_PIDS) * _UIDS + slot
        try:
            return FunctionProcess(
                Confinement(uid, self._settings.hidden, self._settings.unconfined, invocation.memory_mb, file_mb=FILE_MB)
            )
        except OSError:
            with self._lock:
                self._uids.append(slot)
            raise

    def _warm(self, scope: str) -> FunctionProcess | None:
        """Take an idle process of this scope that still runs and whose credentials will last."""
        while True:
            with self._lock:
                kept = self._idle.get(scope)
                if not kept:
                    return None
                process, until = kept.pop()
                if not kept:
                    del self._idle[scope]
            if process.alive and time.monotonic() < until:
                return process
            self._end(process)

    def _keep(self, invocation: Invocation, process: FunctionProcess) -> None:
        until = min(process.fresh_until, time.monotonic() + IDLE_SECONDS)
        with self._lock:
            full = self._closing.is_set() or sum(map(len, self._idle.values())) >= MOST_IDLE
            if not full:
                self._idle.setdefault(invocation.scope, []).append((process, until))
                if self._reaper is None:
                    self._reaper = threading.Thread(target=self._reap, name="idle functions", daemon=True)
                    self._reaper.start()
        if full:
            self._end(process)

    def _reap(self) -> None:
        while not self._closing.wait(LOOK_SECONDS):
            now = time.monotonic()
            with self._lock:
                stale = [process for kept in self._idle.values() for process, until in kept if until <= now]
                self._idle = {
                    scope: left for scope, kept in self._idle.items() if (left := [(each, until) for each, until in kept if until > now])
                }
            for process in stale:
                self._end(process)

    def _end(self, process: FunctionProcess) -> None:
        process.end()
        slot = (process.confinement.uid - FIRST_UID) % _UIDS
        with self._lock:
            if slot not in self._uids:
                self._uids.append(slot)


def _failure(invocation: Invocation, kind: str, message: str) -> InvocationAnswer:
    payload = {"errorType": kind, "errorMessage": f"RequestId: {invocation.request_id} Error: {message}"}
    return InvocationAnswer(json.dumps(payload).encode(), "Unhandled")


def _answer(frame: dict[str, object]) -> InvocationAnswer:
    """Return an answer frame as the caller gets it; a function can write what it likes into one."""
    payload = frame.get("payload")
    return InvocationAnswer(payload.encode() if isinstance(payload, str) else b"null", None if frame.get("error") is None else "Unhandled")


def _report(invocation: Invocation, output: bytes, seconds: float) -> bytes:
    """Return the log of one invocation between the lines that Lambda puts around it."""
    start = f"START RequestId: {invocation.request_id} Version: $LATEST\n".encode()
    end = (
        f"\nEND RequestId: {invocation.request_id}\nREPORT RequestId: {invocation.request_id}\tDuration: {seconds * 1000:.2f} ms\t"
        f"Memory Size: {invocation.memory_mb} MB\n"
    ).encode()
    return start + output[: LOG_BYTES + 64] + end
