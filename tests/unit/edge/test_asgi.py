"""HTTP around the pipeline: limits, the server's own paths, lifespan."""

import asyncio
import json
import time
from typing import Any
from unittest.mock import patch

import pytest
from tests.unit.edge.fakes import ACCOUNT, Edge, call_asgi, edge, responds
from tests.unit.edge.signing import signed

from strongroom.edge import asgi
from strongroom.edge.http import HttpAnswer, HttpRequest

URL = "http://127.0.0.1:4577"
JSON_HEADERS = {"X-Amz-Target": "TrentService.ListKeys"}


def call(door: Edge, method: str, path: str, **options: Any) -> tuple[int, dict[str, str], bytes]:
    """Send one request."""
    return asyncio.run(
        call_asgi(
            door.application, method, URL + path, options.get("headers", {}), options.get("body", b""), options.get("client", "127.0.0.1")
        )
    )


def exchange(door: Edge, messages: list[Any], headers: list[tuple[bytes, bytes]] | None = None) -> list[Any]:
    """Send a request in these ASGI messages; return what is sent back."""
    scope = {
        "type": "http", "method": "POST", "scheme": "http", "path": "/", "raw_path": b"/", "query_string": b"", "client": None,
        "headers": headers if headers is not None else [(b"x-amz-target", b"TrentService.ListKeys")],
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        if not messages:
            await asyncio.sleep(60)
        return messages.pop(0)

    async def send(message: Any) -> None:
        await asyncio.sleep(0)
        sent.append(message)

    asyncio.run(door.application(scope, receive, send))
    return sent


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    """Return one message of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_whole_request_goes_through(door: Edge) -> None:
    """Status, content type, length and request id."""
    door.engine.handle = responds({"Keys": []})
    request = signed(now=time.time())
    headers = {name.decode(): value.decode() for name, value in request.headers.items() if name != b"host"}
    status, sent, body = call(door, "POST", "/", headers=headers, body=request.body)
    assert (status, body) == (200, b'{"Keys":[]}')
    assert sent == {
        "content-type": "application/x-amz-json-1.1",
        "content-length": "11",
        "x-amzn-requestid": door.engine.calls[0].origin.request_id,
    }


def test_a_body_in_parts_is_put_together(door: Edge) -> None:
    """However the network cuts it."""
    request = signed(now=time.time())
    sent = exchange(door, [part(b"{", more=True), part(b"", more=True), part(b"}", more=False)], list(request.headers.items()))
    assert sent[0]["status"] == 200


def test_a_body_that_breaks_off_is_not_answered(door: Edge) -> None:
    """Nobody is there to read it, and no call is made of half a request."""
    assert exchange(door, [part(b"{", more=True), {"type": "http.disconnect"}]) == []
    assert door.engine.refusals == []


def test_a_body_that_never_ends_times_out(door: Edge) -> None:
    """And is recorded."""
    with patch.object(asgi, "BODY_SECONDS_MAX", 0.01):
        sent = exchange(door, [part(b"{", more=True)])
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert door.engine.refusals[0].error.code == "RequestTimeout"


@pytest.mark.parametrize("parts", [[1024 * 1024 + 1], [1024 * 1024, 1], [600_000, 600_000]])
def test_a_body_beyond_one_mebibyte_is_turned_away(door: Edge, parts: list[int]) -> None:
    """As soon as it is seen to be too large, and before anything is parsed or signed."""
    sent = exchange(door, [part(b"x" * size, more=True) for size in parts])
    assert sent[0]["status"] == 413
    assert json.loads(sent[1]["body"]) == {"__type": "RequestEntityTooLargeException", "message": "The request body exceeds 1048576 bytes."}
    assert door.engine.refusals[0].operation == "ListKeys"


@pytest.mark.parametrize("length", [b"1048577", b"9" * 5000, b"-1", b"x"])
def test_a_body_announced_as_too_large_is_not_waited_for(door: Edge, length: bytes) -> None:
    """The answer comes before the first byte of it."""
    assert exchange(door, [], [(b"content-length", length)])[0]["status"] == 413


def test_a_body_of_one_mebibyte_is_read(door: Edge) -> None:
    """The limit itself is allowed."""
    assert exchange(door, [part(b"x" * 1024 * 1024, more=False)])[0]["status"] == 400


@pytest.mark.parametrize("headers", [[(b"a%d" % number, b"") for number in range(101)], [(b"a", b"x" * 33_000)]])
def test_too_many_headers_are_turned_away(door: Edge, headers: list[tuple[bytes, bytes]]) -> None:
    """By number and by size."""
    assert exchange(door, [part(b"", more=False)], headers)[0]["status"] == 431


def test_health_and_readiness() -> None:
    """Alive is not yet ready."""
    ready = False
    with edge(time.time, ready=lambda: ready) as door:
        assert call(door, "GET", "/healthz")[::2] == (200, b"ok\n")
        assert call(door, "GET", "/readyz")[::2] == (503, b"not ready\n")
        ready = True
        assert call(door, "GET", "/readyz")[::2] == (200, b"ready\n")
        assert call(door, "POST", "/healthz")[0] == 403  # not one of the server's own: an unsigned AWS request


def test_metrics_count_requests_by_operation_and_code(door: Edge) -> None:
    """Names that no model has make no new series."""
    door.engine.handle = responds({"Account": ACCOUNT})
    door.client("sts").get_caller_identity()
    call(door, "POST", "/", headers={"X-Amz-Target": "TrentService.Invented"})
    call(door, "POST", "/", headers=JSON_HEADERS)
    status, headers, body = call(door, "GET", "/metrics")
    assert (status, headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    text = body.decode()
    assert 'strongroom_requests_total{code="Success",operation="GetCallerIdentity",service="sts"} 1.0' in text
    assert 'strongroom_requests_total{code="MissingAuthenticationTokenException",operation="",service="kms"} 1.0' in text
    assert 'strongroom_requests_total{code="MissingAuthenticationTokenException",operation="ListKeys",service="kms"} 1.0' in text
    assert 'strongroom_request_seconds_count{operation="ListKeys",outcome="Error",service="kms"} 1.0' in text
    assert 'strongroom_request_seconds_bucket{le="+Inf",operation="GetCallerIdentity",outcome="Success",service="sts"} 1.0' in text


@pytest.mark.parametrize(
    ("client", "token", "status"),
    [
        ("127.0.0.1", "", 200),
        ("::1", "", 200),
        ("10.0.0.1", "", 403),
        ("10.0.0.1", "Bearer right", 200),
        ("10.0.0.1", "Bearer wrong", 403),
        ("", "", 403),
    ],
)
def test_metrics_are_for_loopback_and_for_the_token(client: str, token: str, status: int) -> None:
    """Traffic by operation is nobody else's business."""
    with edge(time.time, metrics_token="right") as door:
        assert call(door, "GET", "/metrics", client=client, headers={"Authorization": token})[0] == status
    with edge(time.time) as door:
        assert call(door, "GET", "/metrics", client="10.0.0.1", headers={"Authorization": "Bearer None"})[0] == 403


def test_internal_paths_are_answered_by_their_own_handlers() -> None:
    """As `strongroom dev` adds them."""

    async def reset(request: HttpRequest) -> HttpAnswer:
        await asyncio.sleep(0)
        return HttpAnswer(200, b"text/plain", b"reset by " + request.body)

    with edge(time.time, internal_paths={("POST", "/_dev/reset"): reset}) as door:
        assert call(door, "POST", "/_dev/reset", body=b"me") == (
            200,
            {"content-type": "text/plain", "content-length": "11"},
            b"reset by me",
        )
        assert call(door, "GET", "/_dev/reset")[0] == 403


def lifespan(door: Edge) -> list[str]:
    """Run the lifespan; return the types of what is sent."""
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[str] = []

    async def receive() -> Any:
        await asyncio.sleep(0)
        return messages.pop(0)

    async def send(message: Any) -> None:
        await asyncio.sleep(0)
        sent.append(message["type"])

    try:
        asyncio.run(door.application({"type": "lifespan"}, receive, send))
    except OSError:
        sent.append("raised")
    return sent


def test_connections_are_opened_and_closed_with_the_process() -> None:
    """Once each, in this order."""
    events: list[str] = []
    with edge(time.time, on_start=lambda: events.append("start"), on_stop=lambda: events.append("stop")) as door:
        assert lifespan(door) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert events == ["start", "stop"]


def test_a_failing_start_stops_the_server() -> None:
    """And says why."""

    def fail() -> None:
        raise OSError("the database is gone")

    with edge(time.time, on_start=fail) as door:
        assert lifespan(door) == ["lifespan.startup.failed", "raised"]


def test_web_sockets_are_closed(door: Edge) -> None:
    """There are none."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        await asyncio.sleep(0)
        sent.append(message)

    async def receive() -> Any:
        await asyncio.sleep(0)

    asyncio.run(door.application({"type": "websocket"}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1002}]
