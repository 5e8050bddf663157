"""One request on its way through the edge: what is fixed when it arrives and stays the same however often it is run."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from strongroom.audit.facts import EventFacts
from strongroom.calls.call import Origin
from strongroom.calls.incoming import Outcome, Unrecorded
from strongroom.core.errors import ApiError
from strongroom.edge.codecs import Codec
from strongroom.edge.http import HttpRequest
from strongroom.edge.models import Models
from strongroom.edge.refusals import IncompleteSignature
from strongroom.edge.routing import Route, route
from strongroom.edge.signature import Signature, is_signed, read_signature
from strongroom.identity.principal import Principal
from strongroom.storage.ports import UnitOfWork


class Exchange(msgspec.Struct):
    """A request, where it goes, who signed it, and what the steps of its current run have found.

    Attributes:
        now: seconds since the epoch when it arrived.
        signature: None for a request that carries none, or one that can't be read; then `unreadable` says why.
        unit: what the run reads and writes through.
        principal: the caller, once the signature is verified.
        codec: of the operation that the request names, once that is known to be offered.
        members: the decoded request.
        outcome, events: how the run ended, and the events that are to be written before it is told.
    """

    request: HttpRequest
    origin: Origin
    now: float
    route: Route
    signature: Signature | None
    unreadable: ApiError | None
    unit: UnitOfWork | None = None
    principal: Principal | None = None
    codec: Codec | None = None
    members: Mapping[str, Any] = {}
    outcome: Outcome | None = None
    events: Sequence[EventFacts] = ()

    def end(self, unrecorded: Unrecorded) -> None:
        """Keep how the current run ended, and what is to be recorded of it before anybody learns of that."""
        self.outcome, self.events = unrecorded

    def reset(self) -> None:
        """Forget the current run."""
        self.unit = self.principal = self.outcome = None
        self.events = ()


def open_exchange(models: Models, request: HttpRequest, now: float, request_id: str) -> Exchange:
    """Return the exchange that `request` starts, under an id of its own. Raises nothing on hostile input."""
    signature: Signature | None = None
    unreadable: ApiError | None = None
    if is_signed(request):
        try:
            signature = read_signature(request)
        except IncompleteSignature as error:
            unreadable = error
    way = route(models, request, signature.service if signature else None)
    return Exchange(request, _origin(request, request_id), now, way, signature, unreadable)


def _origin(request: HttpRequest, request_id: str) -> Origin:
    headers = request.headers
    return Origin(
        request_id=request_id,
        source_ip=request.client,
        user_agent=headers.get(b"user-agent", b"").decode("latin-1"),
        secure_transport=request.secure,
        host=headers.get(b"host", b"").decode("latin-1"),
    )
