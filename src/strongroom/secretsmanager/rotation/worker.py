"""Carries out due rotations, several at once, each by one process of the whole installation at a time.

A rotation holds a lease that is renewed while its function runs; if the process dies, the lease runs out and another process takes
the rotation up from its first step. Every step may be repeated: that is the contract of rotation functions.
"""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

import structlog

from strongroom.calls.jobs import Job, JobContext
from strongroom.core.control import Conflict
from strongroom.core.errors import ApiError, OperatorError
from strongroom.secretsmanager.records import SecretRecord
from strongroom.secretsmanager.rotation.ports import CannotInvoke, FunctionInvoker, RotationFunction
from strongroom.secretsmanager.rotation.progress import Progress
from strongroom.secretsmanager.rules.rotation import MILLISECONDS, Standing, standing, steps_of
from strongroom.secretsmanager.tables import ROTATION, SECRETS

EVERY = 0.5  # seconds
AT_ONCE = 8
LEASE_SECONDS = 8.0
RENEW_SECONDS = 2.0
_BATCH = 100
NOT_MOVED = "the function ended without making the new version current"

log = structlog.get_logger()


class RotationWorker:
    """The rotation job of one process and the threads that it works with."""

    def __init__(self, invoker: FunctionInvoker) -> None:
        self._invoker = invoker
        self._executor = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="rotation")
        self._running: dict[str, Future[None]] = {}
        self._closing = threading.Event()

    def job(self) -> Job:
        """Return the job that begins due rotations. It needs no lease of its own: each rotation has one."""
        return Job("secretsmanager-rotation", EVERY, self.begin_due, on_every_node=True)

    def begin_due(self, context: JobContext) -> None:
        """Hand every due secret to a thread, unless it is being worked on here already."""
        self._running = {arn: future for arn, future in self._running.items() if not future.done()}
        until, after = int(context.now() * MILLISECONDS), None
        while due := context.read().range(SECRETS, ROTATION, until=until, after=after, limit=_BATCH):
            for secret in due:
                if secret.arn not in self._running and not self._closing.is_set():
                    self._running[secret.arn] = self._executor.submit(self._rotate, context, secret)
            after = SECRETS.position_of(due[-1], ROTATION)

    def wait(self, seconds: float) -> None:
        """Return once the rotations that were begun have ended, or after `seconds`."""
        wait(list(self._running.values()), timeout=seconds)

    def stop(self) -> None:
        """Begin nothing more: what is under way goes on after the next start, or on another node."""
        self._closing.set()

    def close(self) -> None:
        """Stop, and wait for the steps that run."""
        self.stop()
        self._executor.shutdown(cancel_futures=True)

    def _rotate(self, context: JobContext, found: SecretRecord) -> None:
        try:
            with self._claimed(context, f"rotation/{found.arn}") as lost:
                if lost is not None:
                    self._steps(context, found, lost)
        except (ApiError, OperatorError, Conflict) as error:
            log.warning("rotation failed; it is tried again", secret=found.arn, error=type(error).__name__, reason=str(error))
        except Exception:
            log.exception("rotation failed; it is tried again", secret=found.arn)
            arn = (found.rotation.lambda_arn if found.rotation else None) or ""
            Progress(context, found).fail("engine", arn, "the server failed; its log says why")

    def _steps(self, context: JobContext, found: SecretRecord, lost: threading.Event) -> None:
        progress = Progress(context, found)
        secret = progress.begin()
        run = secret.rotation.run if secret is not None and secret.rotation else None
        if secret is None or run is None:
            return
        for step in steps_of(run):
            now = progress.read()
            if lost.is_set() or now is None:
                return
            stands = standing(now, run.token)
            if stands in {Standing.STOPPED, Standing.ABANDONED}:
                progress.settle(stands)
                return
            if stands is Standing.CURRENT:
                break
            arn = (now.rotation.lambda_arn if now.rotation else None) or ""
            reason = self._error(now, arn, step, run.token)
            if self._closing.is_set():
                return
            if reason is not None:
                progress.fail(step, arn, reason)
                return
        if not progress.finish():
            last = progress.read()
            arn = (last.rotation.lambda_arn if last and last.rotation else None) or ""
            progress.fail(steps_of(run)[-1], arn, NOT_MOVED)

    def _error(self, secret: SecretRecord, arn: str, step: str, token: str) -> str | None:
        """Run one step and return why it failed, or None."""
        event = {"Step": step, "SecretId": secret.arn, "ClientRequestToken": token}
        if secret.rotation and secret.rotation.superuser_arn:
            event["SuperuserSecretId"] = secret.rotation.superuser_arn
        function = RotationFunction(arn, secret.arn, secret.account_id, secret.region)
        try:
            return self._invoker.invoke(function, json.dumps(event).encode())
        except CannotInvoke as error:
            return str(error)

    @contextmanager
    def _claimed(self, context: JobContext, name: str) -> Iterator[threading.Event | None]:
        """Hold the rotation's lease; gives an event that is set when it was lost, or None where another process holds it."""
        if not context.claim(name, LEASE_SECONDS):
            yield None
            return
        lost, ended = threading.Event(), threading.Event()

        def renew() -> None:
            while not ended.wait(RENEW_SECONDS):
                if not _renewed(context, name):
                    lost.set()
                    return

        keeper = threading.Thread(target=renew, name="rotation lease", daemon=True)
        keeper.start()
        try:
            yield lost
        finally:
            ended.set()
            keeper.join()
            context.release(name)


def _renewed(context: JobContext, name: str) -> bool:
    try:
        return context.claim(name, LEASE_SECONDS)
    except (ApiError, OperatorError):
        return False
