"""The one way a call runs: resolve > authorise > handle > record, and then commit. Synchronous; run again on a conflict."""

from collections.abc import Mapping

from strongroom.calls.incoming import Incoming, Outcome, Refusal
from strongroom.calls.operation import Service
from strongroom.storage.ports import UnitOfWork

__all__ = ["ATTEMPTS", "Engine", "Incoming", "Outcome", "Refusal"]


ATTEMPTS = 12  # runs of one request before contention is answered with ThrottlingException


class Engine:
    """Runs calls. One for the process."""

    services: Mapping[str, Service]

    def begin(self, *, inline: bool) -> UnitOfWork:
        """Return a unit of work for one run."""
        raise NotImplementedError

    def run(self, unit: UnitOfWork, incoming: Incoming) -> Outcome:
        """Run one call. ApiErrors are in the outcome. In an inline run MustBlock passes through: run again with a blocking unit.

        If `outcome.commit` raises Conflict, the caller runs the whole request again with a fresh unit, ATTEMPTS times at the most.
        """
        raise NotImplementedError

    def refuse(self, refusal: Refusal) -> None:
        """Record a request that was turned away before it became a call. Raises ServiceUnavailable if it can't be recorded."""
        raise NotImplementedError
