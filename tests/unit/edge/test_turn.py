"""Requests that arrive in one turn of the event loop share the look at the change feed and the write to the audit trail."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import pytest
from tests.unit.edge.fakes import Edge, responds
from tests.unit.edge.test_direct import KEYS, good, raw, run, settle, several, status

from strongroom.calls.engine import Outcome
from strongroom.core.control import MustBlock
from strongroom.core.errors import ServiceUnavailable, ValidationFailed
from strongroom.edge.asgi import ASGIApplication
from strongroom.edge.http import HttpAnswer, HttpRequest, collect_headers
from strongroom.edge.turn import MOST_SECONDS, MOST_TOGETHER, Turn

UNAVAILABLE = b"503"


@pytest.mark.parametrize("number", [1, 3, MOST_TOGETHER])
def test_requests_of_one_turn_are_recorded_with_one_write(door: Edge, number: int) -> None:
    """And only the first asks whether the cache is current: all were here before it asked."""
    door.engine.handle = responds(KEYS)

    async def scenario() -> None:
        connections = several(door.application, number)
        for protocol, wire in connections:
            protocol.data_received(raw(good()))
            assert wire.written == []
        await asyncio.sleep(0)
        assert [status(b"".join(wire.written)) for _, wire in connections] == [b"200"] * number

    run(scenario)
    assert door.engine.written == [number]
    assert door.engine.refreshed == [True] + [False] * (number - 1)


def test_very_many_requests_are_answered_in_parts(door: Edge) -> None:
    """So that the first of them does not wait for the last; each part asks again and is recorded for itself."""
    door.engine.handle = responds(KEYS)

    async def scenario() -> None:
        connections = several(door.application, MOST_TOGETHER + 1)
        for protocol, _ in connections:
            protocol.data_received(raw(good()))
        await asyncio.sleep(0)
        assert all(wire.written for _, wire in connections)

    run(scenario)
    assert door.engine.written == [MOST_TOGETHER, 1]
    assert door.engine.refreshed.count(True) == 2


def test_no_request_of_a_turn_is_answered_whose_events_can_not_be_written(door: Edge) -> None:
    """Neither its response nor its error leaves the server."""
    errors = iter((None, ValidationFailed("hunter2")))

    def handle(_incoming: Any, _inline: bool) -> Outcome:  # noqa: FBT001 - the fake engine's shape
        error = next(errors)
        return Outcome(None if error else {"Keys": [{"KeyId": "hunter2"}]}, error, None)

    door.engine.handle = handle
    door.engine.refuse_error = ServiceUnavailable()

    async def scenario() -> None:
        connections = several(door.application, 2)
        for protocol, _ in connections:
            protocol.data_received(raw(good()))
        await settle()
        answers = [b"".join(wire.written) for _, wire in connections]
        assert [status(answer) for answer in answers] == [UNAVAILABLE, UNAVAILABLE]
        assert not any(b"hunter2" in answer for answer in answers)

    run(scenario)


def test_answers_wait_for_the_disk_and_the_loop_does_not(door: Edge) -> None:
    """Whether they are responses, refusals, or turned away by HTTP: all of them wait for one future."""
    door.engine.handle = responds(KEYS)
    durable = door.engine.durable = Future()
    unsigned = HttpRequest(method="POST", headers=collect_headers([(b"host", b"x")]), body=b"{}")

    async def scenario() -> None:
        connections = several(door.application, 3)
        for (protocol, _), request in zip(connections, [good(), good(), unsigned], strict=True):
            protocol.data_received(raw(request))
        await settle()
        assert not any(wire.written for _, wire in connections)
        durable.set_result(None)
        await settle()
        assert [status(b"".join(wire.written)) for _, wire in connections] == [b"200", b"200", b"403"]

    run(scenario)


def test_nothing_is_answered_that_the_disk_has_lost(door: Edge) -> None:
    """A failed sync is an error of all that waited for it."""
    door.engine.handle = responds(KEYS)
    durable = door.engine.durable = Future()

    async def scenario() -> None:
        connections = several(door.application, 2)
        for protocol, _ in connections:
            protocol.data_received(raw(good()))
        await settle()
        durable.set_exception(ServiceUnavailable())
        await settle()
        assert [status(b"".join(wire.written)) for _, wire in connections] == [UNAVAILABLE, UNAVAILABLE]

    run(scenario)


def test_a_request_that_must_wait_holds_no_other_of_its_turn_up(door: Edge) -> None:
    """The others are answered at once, it when it is done."""
    door.engine.handle = _blocks_first(door)

    async def scenario() -> None:
        connections = several(door.application, 3)
        for protocol, _ in connections:
            protocol.data_received(raw(good()))
        await asyncio.sleep(0)
        assert [bool(wire.written) for _, wire in connections] == [False, True, True]
        await asyncio.sleep(0.1)
        assert [status(b"".join(wire.written)) for _, wire in connections] == [b"200"] * 3

    run(scenario)


class Paced:
    """An application whose requests each take as long as is set, on a clock of its own."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.now = 0.0
        self.together: list[int] = []

    def clock(self) -> float:
        """Return the time."""
        return self.now

    def begin(self, requests: Sequence[HttpRequest]) -> list[HttpAnswer | ASGIApplication]:
        """Answer, and let time pass."""
        self.together.append(len(requests))
        self.now += self.seconds * len(requests)
        return [HttpAnswer(200, b"text/plain", b"")] * len(requests)


class Deaf:
    """A connection that nobody listens to."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop

    def answer(self, begun: HttpAnswer | ASGIApplication) -> None:
        """Take an answer."""

    def fail(self, answer: HttpAnswer) -> None:
        """Take a failure."""


def test_requests_that_take_long_are_run_one_by_one() -> None:
    """Nobody waits for a whole turn of them; quick ones are soon run together again."""
    paced = Paced(2 * MOST_SECONDS)

    async def scenario() -> None:
        turn, connection = Turn(paced, paced.clock), Deaf(asyncio.get_running_loop())
        for paced.seconds in (2 * MOST_SECONDS, 2 * MOST_SECONDS, 0.0, 0.0):
            for _ in range(8):
                turn.add(connection, good())
            turn.run()

    run(scenario)
    assert paced.together == [8, *[1] * 8, 1, 2, 4, 1, 8]


def test_a_second_request_in_the_same_turn_comes_after_the_first(door: Edge) -> None:
    """Whatever has arrived on a connection is answered before more of it is read."""
    door.engine.handle = responds(KEYS)

    async def scenario() -> None:
        [(protocol, wire)] = several(door.application, 1)
        protocol.data_received(raw(good()))
        protocol.data_received(raw(good()))
        assert len(wire.written) == 1
        await asyncio.sleep(0)
        assert len(wire.written) == 2

    run(scenario)


def test_a_connection_that_fails_keeps_no_other_from_its_answer(door: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its transport raises."""
    door.engine.handle = responds(KEYS)

    async def scenario() -> None:
        (broken, _), (protocol, wire) = several(door.application, 2)
        monkeypatch.setattr(broken, "answer", lambda _begun: 1 / 0)
        broken.data_received(raw(good()))
        protocol.data_received(raw(good()))
        await asyncio.sleep(0)
        assert status(b"".join(wire.written)) == b"200"

    run(scenario)


def test_a_client_that_went_away_in_the_same_turn_gets_no_answer_and_disturbs_nobody(door: Edge) -> None:
    """Its call is made and recorded all the same."""
    door.engine.handle = responds(KEYS)

    async def scenario() -> None:
        (gone, nothing), (protocol, wire) = several(door.application, 2)
        gone.data_received(raw(good()))
        protocol.data_received(raw(good()))
        nothing.close()
        gone.connection_lost(None)
        await asyncio.sleep(0)
        assert nothing.written == []
        assert status(b"".join(wire.written)) == b"200"

    run(scenario)
    assert door.engine.written == [2]


def _blocks_first(door: Edge) -> Any:
    def handle(_incoming: Any, inline: bool) -> Outcome:  # noqa: FBT001 - the fake engine's shape
        if inline and len(door.engine.calls) == 1:
            raise MustBlock
        return Outcome(KEYS, None, None)

    return handle
