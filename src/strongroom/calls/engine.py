"""The one way a call runs: resolve > authorise > handle > record, and then commit. Synchronous; run again on a conflict."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Protocol

from strongroom.audit.facts import EventFacts
from strongroom.calls.call import Environment, Origin
from strongroom.calls.events import GLOBAL_SERVICE_REGION, refusal_facts, service_facts
from strongroom.calls.execution import Execution
from strongroom.calls.incoming import Incoming, Outcome, Refusal, Unrecorded
from strongroom.calls.observations import credential_use
from strongroom.calls.operation import Service
from strongroom.calls.refusals import RefusalMeter, summary_event
from strongroom.core.errors import ApiError, ServiceUnavailable
from strongroom.core.ids import RandomBytes, uuid4
from strongroom.identity.principal import Principal
from strongroom.policy.decision import PrincipalType
from strongroom.storage.ports import Database, JournalEntry, UnitOfWork

__all__ = ["ATTEMPTS", "Engine", "Incoming", "Outcome", "Refusal", "Unrecorded"]

ATTEMPTS = 12  # runs of one request before its writers' contention is answered with ThrottlingException


class Trail(Protocol):
    """Where events go; audit.trail.AuditTrail."""

    def entries(self, facts: Sequence[EventFacts]) -> list[JournalEntry]:
        """Return the encoded, redacted events."""
        ...

    def append(self, entries: Sequence[JournalEntry]) -> Future[None] | None:
        """Write the events of calls that changed nothing. Raises ServiceUnavailable if they can't be written."""
        ...


class Engine:
    """Runs calls. One for the process.

    Every run is recorded before its outcome is told: events of a run that writes are committed with it, those of any other
    run are written to the worker's segment, by `run` at once, or by whoever calls `attempt` for several runs together. Only
    failures of requests that nobody is known to have signed are summarised beyond a rate: see calls/refusals.py.
    """

    def __init__(
        self,
        services: Mapping[str, Service],
        database: Database,
        trail: Trail,
        environment: Environment,
        refusals: RefusalMeter | None = None,
    ) -> None:
        self.services = services
        self.random_bytes: RandomBytes = environment.random_bytes
        self._database = database
        self._trail = trail
        self._environment = environment
        self.refusal_meter = refusals or RefusalMeter()
        self._execution: Callable[..., Execution] = Execution

    def begin(self, *, inline: bool, refresh: bool = True) -> UnitOfWork:
        """Return a unit of work for one run; see ports.Database."""
        return self._database.begin(inline=inline, refresh=refresh)

    def run(self, unit: UnitOfWork, incoming: Incoming) -> Outcome:
        """Run one call and record it. ApiErrors are in the outcome; ServiceUnavailable is raised if the events can't be written.

        If `outcome.commit` raises Conflict, the caller runs the whole request again with a fresh unit, ATTEMPTS times at the most.
        """
        outcome, events = self.attempt(unit, incoming)
        _wait(self.record(events))
        return outcome

    def attempt(self, unit: UnitOfWork, incoming: Incoming) -> Unrecorded:
        """Run one call as `run` does, and leave it to the caller to record the events before anybody learns of the outcome.

        In an inline run MustBlock passes through: run again with a blocking unit.
        """
        execution = self._execution(self.services, self._environment, unit, incoming.origin, incoming.now)
        response: Mapping[str, Any] | None = None
        error: ApiError | None = None
        try:
            response = execution.begin(incoming.service, incoming.operation, incoming.principal, incoming.region, incoming.request)
        except ApiError as raised:
            error = raised
        only_counted = error is not None and self._is_only_counted(incoming.principal, incoming.origin, error, incoming.now)
        events = [] if only_counted else execution.events
        commit = None
        if error is None and unit.has_writes():
            unit.attach(self._trail.entries(events))
            events = []
            commit = self._database.commit(unit)
        used = credential_use(incoming.principal, incoming.service, incoming.region, incoming.now)
        if used is not None:
            self._environment.observe(used)
        return Unrecorded(Outcome(response, error, commit, execution.effect if error is None else None), events)

    def record(self, events: Sequence[EventFacts]) -> Future[None] | None:
        """Write the events of runs that have ended. Raises ServiceUnavailable if they can't be written: then none of them happened.

        Returns None if they are recorded, else what ends once they are, or raises ServiceUnavailable.
        """
        return self._trail.append(self._trail.entries(events)) if events else None

    def refusal(self, refusal: Refusal) -> list[EventFacts]:
        """Return what is to be recorded of a request that was turned away before it became a call."""
        if self._is_only_counted(refusal.principal, refusal.origin, refusal.error, refusal.now):
            return []
        service = self.services.get(refusal.service)
        facts = refusal_facts(
            service.event_source if service else f"{refusal.service}.amazonaws.com",
            refusal.operation,
            refusal.region,
            refusal.principal,
            refusal.origin,
            refusal.now,
            refusal.error,
            self._environment.random_bytes,
        )
        return [facts]

    def summarise_refusals(self, now: float, *, at_once: bool = False) -> None:
        """Record the summary of what was only counted, if its interval is over (or `at_once`). What can't be recorded now is kept."""
        summary = self.refusal_meter.due(now, at_once=at_once)
        if summary is None:
            return
        random_bytes = self._environment.random_bytes
        facts = service_facts(summary_event(summary, GLOBAL_SERVICE_REGION), uuid4(random_bytes), now, random_bytes)
        try:
            _wait(self.record([facts]))
        except ServiceUnavailable:
            self.refusal_meter.give_back(summary)

    def _is_only_counted(self, principal: Principal | None, origin: Origin, error: ApiError, now: float) -> bool:
        """Return whether a failure goes into the next summary in place of an event: never one of an authenticated principal."""
        if principal is not None and principal.facts.type is not PrincipalType.ANONYMOUS:
            return False
        return not self.refusal_meter.admits(origin.source_ip, error.code, now)


def _wait(recorded: Future[None] | None) -> None:
    """Wait in a thread that may."""
    if recorded is not None:
        recorded.result()
