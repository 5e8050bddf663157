"""The one way a call runs: resolve > authorise > handle > record, and then commit. Synchronous; run again on a conflict."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Protocol

from strongroom.audit.facts import EventFacts
from strongroom.calls.call import Environment
from strongroom.calls.events import refusal_facts
from strongroom.calls.execution import Execution
from strongroom.calls.incoming import Incoming, Outcome, Refusal
from strongroom.calls.observations import credential_use
from strongroom.calls.operation import Service
from strongroom.core.errors import ApiError
from strongroom.core.ids import RandomBytes
from strongroom.storage.ports import Database, JournalEntry, UnitOfWork

__all__ = ["ATTEMPTS", "Engine", "Incoming", "Outcome", "Refusal"]

ATTEMPTS = 12  # runs of one request before its writers' contention is answered with ThrottlingException


class Trail(Protocol):
    """Where events go; audit.trail.AuditTrail."""

    def entries(self, facts: Sequence[EventFacts]) -> list[JournalEntry]:
        """Return the encoded, redacted events."""
        ...

    def append(self, entries: Sequence[JournalEntry]) -> None:
        """Write the events of a call that changed nothing. Raises ServiceUnavailable if they can't be written."""
        ...


class Engine:
    """Runs calls. One for the process.

    Every run ends in a recorded outcome: events of a run that writes are committed with it, those of any other
    run are written to the worker's segment before the outcome is returned.
    """

    def __init__(self, services: Mapping[str, Service], database: Database, trail: Trail, environment: Environment) -> None:
        self.services = services
        self.random_bytes: RandomBytes = environment.random_bytes
        self._database = database
        self._trail = trail
        self._environment = environment

    def begin(self, *, inline: bool) -> UnitOfWork:
        """Return a unit of work for one run."""
        return self._database.begin(inline=inline)

    def run(self, unit: UnitOfWork, incoming: Incoming) -> Outcome:
        """Run one call. ApiErrors are in the outcome. In an inline run MustBlock passes through: run again with a blocking unit.

        If `outcome.commit` raises Conflict, the caller runs the whole request again with a fresh unit, ATTEMPTS times at the most.
        """
        execution = Execution(self.services, self._environment, unit, incoming.origin, incoming.now)
        response: Mapping[str, Any] | None = None
        error: ApiError | None = None
        try:
            response = execution.begin(incoming.service, incoming.operation, incoming.principal, incoming.region, incoming.request)
        except ApiError as raised:
            error = raised
        commit = self._record(unit, execution.events, wrote=error is None and unit.has_writes())
        used = credential_use(incoming.principal, incoming.service, incoming.region, incoming.now)
        if used is not None:
            self._environment.observe(used)
        return Outcome(response, error, commit, execution.effect if error is None else None)

    def refuse(self, refusal: Refusal) -> None:
        """Record a request that was turned away before it became a call. Raises ServiceUnavailable if it can't be recorded."""
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
        self._trail.append(self._trail.entries([facts]))

    def _record(self, unit: UnitOfWork, events: Sequence[EventFacts], *, wrote: bool) -> Future[None] | None:
        entries = self._trail.entries(events)
        if not wrote:
            self._trail.append(entries)
            return None
        unit.attach(entries)
        return self._database.commit(unit)
