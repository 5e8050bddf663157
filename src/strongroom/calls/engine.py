"""The one way a call runs: resolve > authorise > handle > record, and then commit. Synchronous; run again on a conflict."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from strongroom.audit.facts import EventFacts
from strongroom.calls.call import Environment
from strongroom.calls.events import refusal_facts
from strongroom.calls.execution import Execution
from strongroom.calls.incoming import Incoming, Outcome, Refusal, Unrecorded
from strongroom.calls.observations import credential_use
from strongroom.calls.operation import Service
from strongroom.core.errors import ApiError
from strongroom.core.ids import RandomBytes
from strongroom.storage.ports import Database, JournalEntry, UnitOfWork

__all__ = ["ATTEMPTS", "Engine", "Incoming", "Outcome", "Refusal", "Unrecorded"]

ATTEMPTS = 12  # runs of one request before its writers' contention is answered with ThrottlingException


class Trail(Protocol):
    """Where events go; audit.trail.AuditTrail."""

    def entries(self, facts: Sequence[EventFacts]) -> list[JournalEntry]:
        """Return the encoded, redacted events."""
        ...

    def append(self, entries: Sequence[JournalEntry]) -> None:
        """Write the events of calls that changed nothing. Raises ServiceUnavailable if they can't be written."""
        ...


class Engine:
    """Runs calls. One for the process.

    Every run is recorded before its outcome is told: events of a run that writes are committed with it, those of any other
    run are written to the worker's segment, by `run` at once, or by whoever calls `attempt` for several runs together.
    """

    def __init__(self, services: Mapping[str, Service], database: Database, trail: Trail, environment: Environment) -> None:
        self.services = services
        self.random_bytes: RandomBytes = environment.random_bytes
        self._database = database
        self._trail = trail
        self._environment = environment

    def begin(self, *, inline: bool, refresh: bool = True) -> UnitOfWork:
        """Return a unit of work for one run; see ports.Database."""
        return self._database.begin(inline=inline, refresh=refresh)

    def run(self, unit: UnitOfWork, incoming: Incoming) -> Outcome:
        """Run one call and record it. ApiErrors are in the outcome; ServiceUnavailable is raised if the events can't be written.

        If `outcome.commit` raises Conflict, the caller runs the whole request again with a fresh unit, ATTEMPTS times at the most.
        """
        outcome, events = self.attempt(unit, incoming)
        self.record(events)
        return outcome

    def attempt(self, unit: UnitOfWork, incoming: Incoming) -> Unrecorded:
        """Run one call as `run` does, and leave it to the caller to record the events before anybody learns of the outcome.

        In an inline run MustBlock passes through: run again with a blocking unit.
        """
        execution = Execution(self.services, self._environment, unit, incoming.origin, incoming.now)
        response: Mapping[str, Any] | None = None
        error: ApiError | None = None
        try:
            response = execution.begin(incoming.service, incoming.operation, incoming.principal, incoming.region, incoming.request)
        except ApiError as raised:
            error = raised
        events = self._trail.entries(execution.events)
        commit = None
        if error is None and unit.has_writes():
            unit.attach(events)
            events = []
            commit = self._database.commit(unit)
        used = credential_use(incoming.principal, incoming.service, incoming.region, incoming.now)
        if used is not None:
            self._environment.observe(used)
        return Unrecorded(Outcome(response, error, commit, execution.effect if error is None else None), events)

    def record(self, events: Sequence[JournalEntry]) -> None:
        """Write the events of runs that have ended. Raises ServiceUnavailable if they can't be written: then none of them happened."""
        if events:
            self._trail.append(events)

    def refusal(self, refusal: Refusal) -> list[JournalEntry]:
        """Return what is to be recorded of a request that was turned away before it became a call."""
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
        return self._trail.entries([facts])
