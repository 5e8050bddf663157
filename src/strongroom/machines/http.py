"""The small part of HTTP that the endpoints need: whole requests in, whole answers out, over ASGI.

Source: ASGI specification 3.0, HTTP.
"""

import json
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from dataclasses import dataclass
from typing import Any

import structlog

from strongroom.core.errors import ApiError, OperatorError
from strongroom.machines.guards import Headers, is_forwarded, names_this_endpoint

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

OK = 200
BAD_REQUEST = 400
UNAUTHORISED = 401
FORBIDDEN = 403
NOT_FOUND = 404
METHOD_NOT_ALLOWED = 405
SERVER_ERROR = 500
_TEXT = b"text/plain"
_JSON = b"application/json"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Request:
    """A request without its body, which none of the endpoints reads. Header names are lower case."""

    method: str
    path: str
    headers: Headers


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    body: bytes = b""
    content_type: bytes = _TEXT
    headers: tuple[tuple[bytes, bytes], ...] = ()


Handler = Callable[[Request], Awaitable[Answer]]


def text(body: str, *headers: tuple[bytes, bytes]) -> Answer:
    """Return a successful answer of plain text."""
    return Answer(OK, body.encode(), headers=headers)


def document(value: object, status: int = OK) -> Answer:
    """Return an answer of JSON."""
    return Answer(status, json.dumps(value, indent=2).encode(), _JSON)


class Endpoint:
    """Serves ASGI: turns away what forgers send, and gives everything else to its handler.

    Args:
        hosts: what the Host header may name, besides the addresses that AWS gave these endpoints.
    """

    def __init__(self, handler: Handler, hosts: Collection[str]) -> None:
        self._handler = handler
        self._hosts = hosts

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request. Nothing of it is logged but its method and status."""
        if scope["type"] != "http":
            return
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            headers[name] = headers[name] + b"," + value if name in headers else value
        await _send(await self._answer(Request(scope["method"], scope["path"], headers)), send)

    async def _answer(self, request: Request) -> Answer:
        if is_forwarded(request.headers) or not names_this_endpoint(request.headers, self._hosts):
            _log.warning("turned away a request that was not made by this machine", method=request.method)
            return Answer(FORBIDDEN)
        try:
            return await self._handler(request)
        except ApiError as error:
            _log.error("no credentials can be given out", code=error.code, reason=error.message)
            return document({"code": error.code, "message": error.message}, SERVER_ERROR)
        except OperatorError as error:
            _log.error("the server needs its operator", reason=str(error))
            return Answer(SERVER_ERROR)


async def _send(answer: Answer, send: Send) -> None:
    headers = [(b"content-type", answer.content_type), (b"content-length", b"%d" % len(answer.body)), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": answer.status, "headers": [*headers, *answer.headers]})
    await send({"type": "http.response.body", "body": answer.body})
