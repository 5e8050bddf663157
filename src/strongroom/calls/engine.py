"""The one way a call runs: resolve > authorise > handle > record, and then commit. Synchronous; run again on a conflict."""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from strongroom.calls.call import Origin
from strongroom.calls.operation import Service
from strongroom.core.errors import ApiError
from strongroom.identity.principal import Principal
from strongroom.storage.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class Incoming:
    """A decoded request whose signature has been verified. `principal` is the anonymous one for unsigned STS calls."""

    service: str
    operation: str
    request: Mapping[str, Any]
    principal: Principal
    region: str
    now: float
    origin: Origin


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one run ended: a response or an error, both recorded already; with `commit`, only once that future has ended well."""

    response: Mapping[str, Any] | None
    error: ApiError | None
    commit: Future[None] | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that never became a call: unsigned, badly signed, malformed, unknown operation. Recorded all the same."""

    service: str
    operation: str
    region: str
    principal: Principal | None
    now: float
    origin: Origin
    error: ApiError


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
