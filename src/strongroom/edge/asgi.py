"""The ASGI application: bodies and headers within limits, the few paths that are not AWS's, and everything else to the pipeline.

Source: ASGI specification 3.0, HTTP and lifespan.
"""

import asyncio
import hmac
import re
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from functools import partial
from ipaddress import ip_address
from itertools import chain
from types import MappingProxyType
from typing import Any

from strongroom.core.errors import ApiError
from strongroom.edge.http import Headers, HttpAnswer, HttpRequest, collect_headers
from strongroom.edge.metrics import Metrics
from strongroom.edge.pipeline import Answered, Later, Pipeline
from strongroom.edge.refusals import HeadersTooLarge, RequestEntityTooLarge, RequestTimedOut

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApplication = Callable[[Scope, Receive, Send], Awaitable[None]]
InternalHandler = Callable[[HttpRequest], Awaitable[HttpAnswer]]
InternalPaths = Mapping[tuple[str, str], InternalHandler]  # (method, path) -> what answers it

BODY_BYTES_MAX = 1024 * 1024  # the largest request of most operations is far smaller
LARGE_AT_ONCE = 4  # larger bodies that one process reads at the same time: nobody is authenticated before the body is there
HEADERS_MAX = 100
HEADER_BYTES_MAX = 32 * 1024  # session tokens are the largest: AWS's may have 20,000 characters
BODY_SECONDS_MAX = 20.0
LENGTH_DIGITS_MAX = 12
TEXT = b"text/plain; charset=utf-8"


class ClientGoneError(Exception):
    """The client went away in the middle of its request; nobody is left to answer."""


class Application:
    """Serves ASGI.

    Args:
        internal_paths: further paths of the server's own, such as ("POST", "/_dev/reset").
        ready: whether this process can serve (`/readyz`).
        metrics_token: lets other clients than those on loopback read `/metrics`, as a bearer token.
        large_bodies: (method, pattern of the path, most bytes) of the operations that take more than BODY_BYTES_MAX.
        on_start, on_stop: called in the serving process, where connections and threads are opened and closed.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        metrics: Metrics,
        internal_paths: InternalPaths = MappingProxyType({}),
        *,
        ready: Callable[[], bool] = lambda: True,
        metrics_token: str | None = None,
        large_bodies: Sequence[tuple[str, re.Pattern[str], int]] = (),
        on_start: Callable[[], None] = lambda: None,
        on_stop: Callable[[], None] = lambda: None,
    ) -> None:
        self.pipeline = pipeline
        self._metrics = metrics
        self._ready = ready
        self._metrics_token = metrics_token
        self._large_bodies = large_bodies
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)
        self._on_start = on_start
        self._on_stop = on_stop
        self._internal: dict[tuple[str, str], InternalHandler] = {
            ("GET", "/healthz"): _healthy,
            ("GET", "/readyz"): self._readiness,
            ("GET", "/metrics"): self._measurements,
            **internal_paths,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan of this process."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1002})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        internal = self._internal.get((scope["method"], scope["path"]))
        headers = collect_headers(scope["headers"])
        try:
            body, refused = await self._body(scope, headers, receive)
        except ClientGoneError:
            return
        request = _request(scope, headers, body)
        if internal is not None and refused is None:
            await _send(await internal(request), send)
            return
        answered = await (self.pipeline.answer(request) if refused is None else self.pipeline.refuse(request, refused))
        await _send(answered.answer, send, close=refused is not None)
        self._count(answered, started)

    def begin(self, requests: Sequence[HttpRequest]) -> list[HttpAnswer | ASGIApplication]:
        """See turn.DirectApplication: each is a POST to `/`, so for none of the server's own paths."""
        started = time.perf_counter()
        begun = self.pipeline.begin(requests)
        seconds = time.perf_counter() - started
        return [self._direct(each, started, seconds) for each in begun]

    def _direct(self, begun: Answered | Later, started: float, seconds: float) -> HttpAnswer | ASGIApplication:
        """Return the answer, which all of its turn had to wait for, or what waits for it."""
        if not isinstance(begun, Answered):
            return partial(self._end, begun, started)
        self._metrics.observe(begun.service, begun.operation, begun.code, seconds)
        return begun.answer

    async def _end(self, later: Later, started: float, _scope: Scope, _receive: Receive, send: Send) -> None:
        answered = await later
        await _send(answered.answer, send)
        self._count(answered, started)

    def _count(self, answered: Answered, started: float) -> None:
        self._metrics.observe(answered.service, answered.operation, answered.code, time.perf_counter() - started)

    async def _body(self, scope: Scope, headers: Headers, receive: Receive) -> tuple[bytes, ApiError | None]:
        """Return the body, or why the request is turned away; larger ones wait for their turn."""
        method, path = scope["method"], scope["path"]
        limit = next((most for wanted, pattern, most in self._large_bodies if wanted == method and pattern.fullmatch(path)), BODY_BYTES_MAX)
        if _announced(headers) <= BODY_BYTES_MAX:
            return await _body_within_limits(scope["headers"], headers, receive, BODY_BYTES_MAX)
        async with self._large:
            return await _body_within_limits(scope["headers"], headers, receive, limit)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            self._on_start()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._on_stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _readiness(self, _request: HttpRequest) -> HttpAnswer:
        return HttpAnswer(200, TEXT, b"ready\n") if self._ready() else HttpAnswer(503, TEXT, b"not ready\n")

    async def _measurements(self, request: HttpRequest) -> HttpAnswer:
        if _is_loopback(request.client) or self._holds_token(request):
            return HttpAnswer(200, b"text/plain; version=0.0.4; charset=utf-8", self._metrics.render())
        return HttpAnswer(403, TEXT, b"only for clients on loopback, or with the metrics token\n")

    def _holds_token(self, request: HttpRequest) -> bool:
        if self._metrics_token is None:
            return False
        wanted = f"Bearer {self._metrics_token}".encode()
        return hmac.compare_digest(wanted, request.headers.get(b"authorization", b""))


async def _healthy(_request: HttpRequest) -> HttpAnswer:
    """Answer that the process runs its event loop, and nothing more."""
    return HttpAnswer(200, TEXT, b"ok\n")


def _is_loopback(client: str) -> bool:
    try:
        return ip_address(client).is_loopback
    except ValueError:
        return False


def _request(scope: Scope, headers: Headers, body: bytes) -> HttpRequest:
    client = scope.get("client")
    return HttpRequest(
        method=scope["method"],
        path=scope.get("raw_path") or scope["path"].encode(),
        query=scope["query_string"],
        headers=headers,
        body=body,
        client=client[0] if client else "",
        secure=scope["scheme"] == "https",
    )


async def _body_within_limits(
    raw: Sequence[tuple[bytes, bytes]], headers: Headers, receive: Receive, most: int
) -> tuple[bytes, ApiError | None]:
    """Return the body of `most` bytes, or why the request is turned away. Raises ClientGoneError if the connection ended first."""
    if len(raw) > HEADERS_MAX or sum(map(len, chain.from_iterable(raw))) > HEADER_BYTES_MAX:
        return b"", HeadersTooLarge()
    if _announced(headers) > most:
        return b"", RequestEntityTooLarge(most)
    # nearly every body comes in one message; only one that goes on is timed here (protocol.py times the request as a whole)
    message = await receive()
    body: bytes | None = _body_of(message)
    if message.get("more_body", False):
        try:
            async with asyncio.timeout(BODY_SECONDS_MAX):
                body = await _read_rest(receive, _body_of(message), most)
        except TimeoutError:
            return b"", RequestTimedOut()
    if body is None or len(body) > most:
        return b"", RequestEntityTooLarge(most)
    return body, None


def _announced(headers: Headers) -> int:
    """Return the body's length as the client announces it, 0 if it does not. The HTTP server holds clients to it."""
    text = headers.get(b"content-length", b"0")
    return int(text) if text.isdigit() and len(text) <= LENGTH_DIGITS_MAX else sys.maxsize


def _body_of(message: Message) -> bytes:
    if message["type"] == "http.disconnect":
        raise ClientGoneError
    body: bytes = message.get("body", b"")
    return body


async def _read_rest(receive: Receive, first: bytes, most: int) -> bytes | None:
    """Return the whole body, or None as soon as it is too large."""
    parts = [first]
    size = len(first)
    while size <= most:
        message = await receive()
        parts.append(_body_of(message))
        size += len(parts[-1])
        if not message.get("more_body", False):
            return b"".join(parts)
    return None


async def _send(answer: HttpAnswer, send: Send, *, close: bool = False) -> None:
    headers = [(b"content-type", answer.content_type), (b"content-length", b"%d" % len(answer.body)), *answer.headers]
    if answer.request_id:
        headers.append((b"x-amzn-requestid", answer.request_id.encode()))
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
