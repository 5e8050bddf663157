"""What the edge hands to the engine, and what it gets back."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, NamedTuple

import msgspec

from strongroom.audit.facts import EventFacts
from strongroom.calls.call import Origin
from strongroom.core.errors import ApiError
from strongroom.identity.principal import Principal


class Incoming(msgspec.Struct, frozen=True):
    """A decoded request whose signature has been verified. `principal` is the anonymous one for unsigned STS calls."""

    service: str
    operation: str
    request: Mapping[str, Any]
    principal: Principal
    region: str
    now: float
    origin: Origin


class Outcome(msgspec.Struct, frozen=True):
    """How one run ended: a response or an error. With `commit`, only once that future has ended well: what it wrote is durable then.

    `effect` is what remains to be done once all is committed: it blocks for as long as it takes, and returns the response
    to send in place of this one or raises an ApiError.
    """

    response: Mapping[str, Any] | None
    error: ApiError | None
    commit: Future[None] | None
    effect: Callable[[], Mapping[str, Any]] | None = None


class Unrecorded(NamedTuple):
    """An outcome that nobody may learn of before its events are written; those of a run that writes are in its unit of work."""

    outcome: Outcome
    events: list[EventFacts]


class Refusal(msgspec.Struct, frozen=True):
    """A request that never became a call: unsigned, badly signed, malformed, unknown operation. Recorded all the same."""

    service: str
    operation: str
    region: str
    principal: Principal | None
    now: float
    origin: Origin
    error: ApiError
