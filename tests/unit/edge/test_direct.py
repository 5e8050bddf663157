"""The short way through the protocol: which requests take it, what it answers, and that nothing else changes."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from itertools import pairwise
from typing import Any

import pytest
import uvicorn
from tests.unit.edge.fakes import Edge, responds
from tests.unit.edge.signing import signed
from uvicorn.server import ServerState

from strongroom.calls.engine import Outcome
from strongroom.core.control import MustBlock
from strongroom.edge.direct import DirectHttpProtocol, protocol_for
from strongroom.edge.http import HttpAnswer, HttpRequest

KEYS: dict[str, list[str]] = {"Keys": []}


class Wire(asyncio.Transport):
    """A connection that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        """Keep the data."""
        self.written.append(bytes(data))

    def close(self) -> None:
        """Close the connection."""
        self.closed = True

    def is_closing(self) -> bool:
        """Return whether `close` was called."""
        return self.closed

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return the peer's address."""
        return ("127.0.0.1", 50000) if name in {"peername", "sockname"} else default

    def pause_reading(self) -> None:
        """Nothing is read here."""

    def resume_reading(self) -> None:
        """Nothing is read here."""


Opened = tuple[DirectHttpProtocol, Wire]


def opened(application: Any, keep_alive: float = 5) -> Opened:
    """Return a connection to `application`, in the running loop."""
    [connection] = several(application, 1, keep_alive)
    return connection


def several(application: Any, number: int, keep_alive: float = 5) -> list[Opened]:
    """Return connections to one server, in the running loop."""
    config = uvicorn.Config(
        application, ws="none", lifespan="off", interface="asgi3", log_config=None, proxy_headers=False, timeout_keep_alive=keep_alive  # type: ignore[arg-type]
    )  # fmt: skip
    made = protocol_for(application, 10.0)
    connections = [(made(config, ServerState(), {}, asyncio.get_running_loop()), Wire()) for _ in range(number)]
    for protocol, wire in connections:
        protocol.connection_made(wire)
    return connections


def raw(request: HttpRequest, *extra: str, line: str = "POST / HTTP/1.1") -> bytes:
    """Return a request as it stands on the wire."""
    headers = [f"{name.decode()}: {value.decode()}" for name, value in request.headers.items() if name != b"content-length"]
    return "\r\n".join([line, *headers, *extra, f"content-length: {len(request.body)}", "", ""]).encode() + request.body


def good() -> HttpRequest:
    """Return a signed request of now."""
    return signed(now=time.time())


def status(answer: bytes) -> bytes:
    """Return the code of an answer."""
    return answer.split(b" ", 2)[1]


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario in a loop of its own."""
    asyncio.run(scenario())


async def settle() -> None:
    """Let the tasks that were started run."""
    for _ in range(20):
        await asyncio.sleep(0.001)


def test_a_whole_request_is_answered_in_the_same_turn_of_the_loop_with_one_write(door: Edge) -> None:
    """Without a task."""
    door.engine.handle = responds(KEYS)

    async def scenario() -> None:
        protocol, wire = opened(door.application)
        protocol.data_received(raw(good()))
        await asyncio.sleep(0)
        assert len(wire.written) == 1
        assert status(wire.written[0]) == b"200"
        assert wire.written[0].endswith(b'\r\n\r\n{"Keys":[]}')
        assert not wire.closed
        protocol.connection_lost(None)

    run(scenario)


@pytest.mark.parametrize("cuts", [(1,), (40,), (-1,), (-2,), (5, 90, 200, -1)])
def test_a_request_in_pieces_gets_the_same_answer(door: Edge, cuts: tuple[int, ...]) -> None:
    """Wherever it is cut: in the request line, in a header, in the body."""
    door.engine.handle = responds(KEYS)

    async def scenario() -> None:
        protocol, wire = opened(door.application)
        data = raw(good())
        edges = [0, *(cut % len(data) for cut in cuts), len(data)]
        for start, end in pairwise(edges):
            protocol.data_received(data[start:end])
            await settle()
        answer = b"".join(wire.written)
        assert status(answer) == b"200"
        assert answer.endswith(b'{"Keys":[]}')
        protocol.connection_lost(None)

    run(scenario)


def headers_of(answer: bytes) -> set[bytes]:
    """Return the names of an answer's headers."""
    head = answer.partition(b"\r\n\r\n")[0]
    return {line.partition(b":")[0] for line in head.split(b"\r\n")[1:]}


def test_both_ways_send_the_same_headers(door: Edge) -> None:
    """A client can't tell them apart."""
    door.engine.handle = responds(KEYS)

    async def scenario() -> None:
        protocol, wire = opened(door.application)
        data = raw(good())
        protocol.data_received(data)
        await asyncio.sleep(0)
        direct = wire.written.pop()
        protocol.data_received(data[:-1])
        protocol.data_received(data[-1:])
        await settle()
        assert headers_of(direct) == headers_of(b"".join(wire.written))
        protocol.connection_lost(None)

    run(scenario)


def test_pipelined_requests_are_answered_in_order(door: Edge) -> None:
    """The first directly, the others by tasks, so that the loop serves other connections between them."""
    number = 0

    def handle(_incoming: Any, _inline: bool) -> Outcome:  # noqa: FBT001 - the fake engine's shape
        nonlocal number
        number += 1
        return Outcome({"Keys": [{"KeyId": str(number)}]}, None, None)

    door.engine.handle = handle

    async def scenario() -> None:
        protocol, wire = opened(door.application)
        protocol.data_received(raw(good()) * 3)
        assert len(wire.written) == 1
        await settle()
        answer = b"".join(wire.written)
        assert [answer.index(b'"KeyId":"%d"' % each) for each in (1, 2, 3)] == sorted(
            answer.index(b'"KeyId":"%d"' % each) for each in (1, 2, 3)
        )
        assert answer.count(b"HTTP/1.1 200") == 3
        protocol.connection_lost(None)

    run(scenario)


def test_a_request_that_must_wait_is_answered_later_and_those_behind_it_wait(door: Edge) -> None:
    """In the thread pool, and in order."""

    def handle(_incoming: Any, inline: bool) -> Outcome:  # noqa: FBT001 - the fake engine's shape
        if inline and len(door.engine.calls) == 1:
            raise MustBlock
        return Outcome({"Keys": [{"KeyId": str(len(door.engine.calls))}]}, None, None)

    door.engine.handle = handle

    async def scenario() -> None:
        protocol, wire = opened(door.application)
        protocol.data_received(raw(good()))
        await asyncio.sleep(0)
        assert wire.written == []
        protocol.data_received(raw(good()))
        await asyncio.sleep(0.1)
        answer = b"".join(wire.written)
        assert answer.count(b"HTTP/1.1 200") == 2
        assert answer.index(b'"KeyId":"2"') < answer.index(b'"KeyId":"3"')
        protocol.connection_lost(None)

    run(scenario)


@pytest.mark.parametrize(
    ("line", "extra"),
    [("POST / HTTP/1.0", ()), ("POST / HTTP/1.1", ("connection: close",))],
)
def test_a_connection_that_is_to_end_is_closed_after_the_answer(door: Edge, line: str, extra: tuple[str, ...]) -> None:
    """HTTP/1.0, and clients that say so."""
    door.engine.handle = responds(KEYS)

    async def scenario() -> None:
        protocol, wire = opened(door.application)
        protocol.data_received(raw(good(), *extra, line=line))
        await settle()
        assert b"connection: close" in b"".join(wire.written)
        assert wire.closed
        protocol.connection_lost(None)

    run(scenario)


def test_a_client_that_expects_100_continue_is_told_to(door: Edge) -> None:
    """Before it sends its body."""
    door.engine.handle = responds(KEYS)

    async def scenario() -> None:
        protocol, wire = opened(door.application)
        data = raw(good(), "expect: 100-continue")
        protocol.data_received(data[:-2])
        await settle()
        assert wire.written == [b"HTTP/1.1 100 Continue\r\n\r\n"]
        protocol.data_received(data[-2:])
        await settle()
        assert status(b"".join(wire.written[1:])) == b"200"
        protocol.connection_lost(None)

    run(scenario)


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nhost : a\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_and_never_run(door: Edge, data: bytes) -> None:
    """Also where a head in order comes before a body that is not."""

    async def scenario() -> None:
        protocol, wire = opened(door.application)
        protocol.data_received(data)
        await settle()
        assert status(b"".join(wire.written)) == b"400"
        assert wire.closed
        assert door.engine.calls == []
        protocol.connection_lost(None)

    run(scenario)


def test_too_many_headers_are_refused_with_aws_s_error(door: Edge) -> None:
    """Such a request does not take the short way."""

    async def scenario() -> None:
        protocol, wire = opened(door.application)
        protocol.data_received(raw(good(), *(f"x-{number}: 1" for number in range(101))))
        await settle()
        assert status(b"".join(wire.written)) == b"431"
        protocol.connection_lost(None)

    run(scenario)


def test_a_slow_reader_is_answered_by_a_task_that_waits(door: Edge) -> None:
    """What it does not read must not pile up here."""
    door.engine.handle = responds(KEYS)

    async def scenario() -> None:
        protocol, wire = opened(door.application)
        protocol.pause_writing()
        protocol.data_received(raw(good()))
        await settle()
        assert wire.written == []
        protocol.resume_writing()
        await settle()
        assert status(b"".join(wire.written)) == b"200"
        protocol.connection_lost(None)

    run(scenario)


def test_an_idle_connection_is_closed_and_a_busy_one_is_not(door: Edge) -> None:
    """One timer serves many requests."""
    door.engine.handle = responds(KEYS)

    async def scenario() -> None:
        protocol, wire = opened(door.application, keep_alive=0.1)
        for _ in range(4):
            protocol.data_received(raw(good()))
            await asyncio.sleep(0.05)
        assert not wire.closed
        await asyncio.sleep(0.25)
        assert wire.is_closing()
        protocol.connection_lost(None)

    run(scenario)


def test_a_stop_closes_connections_that_wait_for_nothing(door: Edge) -> None:
    """And answers first what has arrived."""
    door.engine.handle = responds(KEYS)

    async def scenario() -> None:
        protocol, wire = opened(door.application)
        protocol.data_received(raw(good()))
        protocol.shutdown()
        assert status(b"".join(wire.written)) == b"200"
        assert wire.closed
        protocol, wire = opened(door.application)
        data = raw(good())
        protocol.data_received(data[:-1])
        protocol.shutdown()
        assert not wire.closed
        protocol.data_received(data[-1:])
        await settle()
        assert status(b"".join(wire.written)) == b"200"
        assert wire.closed

    run(scenario)


def test_a_failure_outside_the_pipeline_is_a_plain_500() -> None:
    """It says nothing, and the connection ends."""

    class Broken:
        async def __call__(self, _scope: Any, _receive: Any, _send: Any) -> None:
            raise AssertionError

        def begin(self, _requests: Sequence[HttpRequest]) -> Sequence[HttpAnswer]:
            raise RuntimeError("hunter2")

    async def scenario() -> None:
        protocol, wire = opened(Broken())
        protocol.data_received(raw(good()))
        await asyncio.sleep(0)
        assert status(wire.written[0]) == b"500"
        assert b"hunter2" not in wire.written[0]
        assert wire.closed
        protocol.connection_lost(None)

    run(scenario)
