"""One request on its way through the edge: what is fixed when it arrives and stays the same however often it is run."""

import msgspec

from strongroom.calls.call import Origin
from strongroom.core.errors import ApiError
from strongroom.edge.codecs import Codec
from strongroom.edge.http import HttpRequest
from strongroom.edge.models import Models
from strongroom.edge.refusals import IncompleteSignature
from strongroom.edge.routing import Route, route
from strongroom.edge.signature import Signature, is_signed, read_signature
from strongroom.identity.principal import Principal


class Exchange(msgspec.Struct):
    """A request, where it goes, and who signed it.

    Attributes:
        now: seconds since the epoch when it arrived.
        signature: None for a request that carries none, or one that can't be read; then `unreadable` says why.
        principal: the caller, once the current run has verified the signature.
        codec: of the operation that the request names, once that is known to be offered.
    """

    request: HttpRequest
    origin: Origin
    now: float
    route: Route
    signature: Signature | None
    unreadable: ApiError | None
    principal: Principal | None = None
    codec: Codec | None = None


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
