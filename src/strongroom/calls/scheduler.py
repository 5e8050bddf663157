"""Runs timed work: each job under its own lease, in one process of the whole installation at a time."""

import threading
from collections.abc import Callable, Sequence

import structlog

from strongroom.calls.call import Environment
from strongroom.calls.engine import ATTEMPTS, Trail
from strongroom.calls.events import service_facts
from strongroom.calls.jobs import Job, ServiceEvent
from strongroom.core.control import Conflict
from strongroom.core.errors import ApiError, OperatorError
from strongroom.core.ids import RandomBytes, uuid4
from strongroom.storage.ports import Database, Store, UnitOfWork

LEASE_SECONDS = 60.0  # a dead holder's work goes on elsewhere after this long
LOOK_SECONDS = 0.5  # how often the scheduler asks its clock whether a job is due

log = structlog.get_logger()


class Context:
    """Implements calls.jobs.JobContext for one run of a job under the lease that `fence` names (name and token), if it has one."""

    def __init__(
        self, database: Database, trail: Trail, environment: Environment, owner: str = "", fence: tuple[str, int] | None = None
    ) -> None:
        self._fence = fence
        self.random_bytes: RandomBytes = environment.random_bytes
        self._database = database
        self._trail = trail
        self._environment = environment
        self._owner = owner

    def now(self) -> float:
        """Return seconds since the epoch on the schedule clock."""
        return self._environment.clocks.schedule.now()

    def read(self) -> Store:
        """Return a fresh store for looking for due work."""
        return self._database.begin(inline=False)

    def apply(self, work: Callable[[Store], ServiceEvent | None]) -> bool:
        """Run `work` in a unit of its own and commit it with its event; see JobContext."""
        request_id = uuid4(self.random_bytes)

        def recorded(unit: UnitOfWork) -> bool:
            event = work(unit)
            if event is not None:
                facts = service_facts(event, request_id, self._environment.clocks.wall.now(), self.random_bytes)
                unit.attach(self._trail.entries([facts]))
            return event is not None

        return self._commit(recorded)

    def tidy(self, work: Callable[[Store], bool]) -> bool:
        """Run `work` in a unit of its own and commit it without an event; see JobContext."""
        return self._commit(work)

    def _commit(self, work: Callable[[UnitOfWork], bool]) -> bool:
        for _ in range(ATTEMPTS):
            unit = self._database.begin(inline=False)
            if not work(unit):
                return False
            if self._fence is not None:
                unit.fence(*self._fence)  # a node that lost the lease meanwhile writes nothing
            try:
                self._database.commit(unit).result()
            except Conflict:
                continue
            return True
        return False

    def claim(self, name: str, seconds: float) -> bool:
        """Take or renew a lease of this process; see JobContext."""
        return self._database.leases().acquire(name, self._owner, seconds) is not None

    def release(self, name: str) -> None:
        """Give a claimed lease up."""
        self._database.leases().release(name, self._owner)


class Scheduler:
    """Looks at its jobs in turn, on a thread of its own or by `run_due` (tests, which hurry the schedule clock)."""

    def __init__(self, jobs: Sequence[Job], database: Database, trail: Trail, environment: Environment, owner: str) -> None:
        self._jobs = jobs
        self._database = database
        self._trail = trail
        self._environment = environment
        self._owner = owner
        self._due: dict[str, float] = {}
        self._stopping = threading.Event()
        self._looking = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="timed work", daemon=True)

    def start(self) -> None:
        """Start looking; after the fork."""
        self._thread.start()

    def stop(self) -> None:
        """End after the job that is running, and give the leases up."""
        self._stopping.set()
        if not self._thread.is_alive():
            return
        self._thread.join()
        for job in (each for each in self._jobs if not each.on_every_node):
            self._database.leases().release(job.name, self._owner)

    def run_due(self) -> None:
        """Run every job whose time has come and whose lease is free. What another thread has begun is finished when this returns."""
        with self._looking:
            now = self._environment.clocks.schedule.now()
            for job in self._jobs:
                left = self._due.get(job.name, 0.0) - now
                if 0 < left <= job.every or self._stopping.is_set():  # more is left only if the clock was put back: then run
                    continue
                self._due[job.name] = now + job.every
                self._run_job(job)

    def _run_job(self, job: Job) -> None:
        try:
            fence = None
            if not job.on_every_node:
                token = self._database.leases().acquire(job.name, self._owner, LEASE_SECONDS)
                if token is None:
                    return
                fence = (job.name, token)
            job.run(Context(self._database, self._trail, self._environment, self._owner, fence))
        except (ApiError, OperatorError, Conflict) as error:
            log.warning("timed work failed; it is tried again", job=job.name, error=type(error).__name__, reason=str(error))

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            self.run_due()
