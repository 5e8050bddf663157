"""How requests are run: inline, in the pool, again after conflicts; and what happens when something gives way."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from unittest.mock import patch

import pytest
import structlog
from tests.unit.edge.fakes import ROOT, Edge, done, failed, fails, responds
from tests.unit.edge.signing import signed

from strongroom.calls.engine import ATTEMPTS, Incoming, Outcome
from strongroom.core.control import Conflict, MustBlock
from strongroom.core.errors import ApiError, OperatorError, ServiceUnavailable, ValidationFailed
from strongroom.edge import pipeline, shares
from strongroom.edge.http import HttpAnswer

KEYS = {"Keys": [], "Truncated": False}
TEXT = "The request processing has failed because of an unknown error, exception or failure."


def answer(door: Edge) -> HttpAnswer:
    """Send a ListKeys."""
    return door.answer(signed(now=time.time()))


def code(given: HttpAnswer) -> str:
    """Return the error's code."""
    return str(json.loads(given.body)["__type"])


def outcomes(*results: Callable[[], Outcome]) -> Callable[[Incoming, bool], Outcome]:
    """Return a handler whose runs end like these, one after the other."""
    left = iter(results)
    return lambda _incoming, _inline: next(left)()


def test_a_call_that_need_not_wait_never_leaves_the_event_loop(door: Edge) -> None:
    """The thread is the loop's own."""
    threads: list[threading.Thread] = []

    def handle(_incoming: Incoming, inline: bool) -> Outcome:  # noqa: FBT001
        threads.append(threading.current_thread())
        assert inline
        return Outcome(KEYS, None, None)

    door.engine.handle = handle
    assert json.loads(answer(door).body) == KEYS
    assert threads == [threading.main_thread()]


def test_a_call_that_must_block_is_run_again_in_the_pool(door: Edge) -> None:
    """With the same id and time."""

    def handle(_incoming: Incoming, inline: bool) -> Outcome:  # noqa: FBT001
        if inline:
            raise MustBlock
        assert threading.current_thread() is not threading.main_thread()
        return Outcome(KEYS, None, done())

    door.engine.handle = handle
    assert json.loads(answer(door).body) == KEYS
    first, second = door.engine.calls
    assert (first.origin, first.now) == (second.origin, second.now)


def test_nothing_is_answered_before_the_commit_has_ended(door: Edge) -> None:
    """The answer waits for the future without holding the loop up."""
    commit: Future[None] = Future()
    order: list[str] = []
    door.engine.handle = lambda _incoming, _inline: Outcome(KEYS, None, commit)

    async def both() -> None:
        task = asyncio.ensure_future(door.pipeline.answer(signed(now=time.time())))
        await asyncio.sleep(0.02)
        assert not task.done()
        order.append("committed")
        commit.set_result(None)
        await task
        order.append("answered")

    asyncio.run(both())
    assert order == ["committed", "answered"]


def test_a_conflict_runs_the_call_again(door: Edge) -> None:
    """Whether the commit or the run itself meets it."""

    def conflict() -> Outcome:
        raise Conflict

    door.engine.handle = outcomes(
        lambda: Outcome(KEYS, None, failed(Conflict())),
        conflict,
        lambda: Outcome(KEYS, None, failed(Conflict())),
        lambda: Outcome(KEYS, None, done()),
    )
    assert json.loads(answer(door).body) == KEYS
    assert len(door.engine.calls) == 4
    assert door.engine.refusals == []


def test_endless_conflicts_end_in_throttling(door: Edge) -> None:
    """Recorded, with the caller; clients wait and try again."""
    door.engine.handle = lambda _incoming, _inline: Outcome(KEYS, None, failed(Conflict()))
    with patch.object(pipeline, "BACKOFF_SECONDS", 0.0):
        given = answer(door)
    assert (code(given), given.status) == ("ThrottlingException", 400)
    assert len(door.engine.calls) == ATTEMPTS
    assert [(refusal.error.code, refusal.principal) for refusal in door.engine.refusals] == [("ThrottlingException", ROOT)]


def test_a_full_queue_turns_requests_away(door: Edge) -> None:
    """Rather than keeping every client waiting."""

    def handle(_incoming: Incoming, inline: bool) -> Outcome:  # noqa: FBT001
        if inline:
            raise MustBlock
        return Outcome(KEYS, None, None)

    door.engine.handle = handle
    with patch.object(shares, "WAITING_MAX", 0):
        assert code(answer(door)) == "ThrottlingException"
    assert answer(door).status == 200


@pytest.mark.parametrize("error", [KeyError("hunter2"), RuntimeError("hunter2"), OperatorError("row x does not open"), RecursionError()])
def test_an_unexpected_failure_says_nothing_to_the_client(door: Edge, error: Exception) -> None:
    """InternalFailure without details; the log holds the reason and the request id; the event says it failed."""

    def handle(_incoming: Incoming, _inline: bool) -> Outcome:  # noqa: FBT001
        raise error

    door.engine.handle = handle
    with structlog.testing.capture_logs() as logs:
        given = answer(door)
    assert (given.status, json.loads(given.body)) == (500, {"__type": "InternalFailure", "message": TEXT})
    assert logs[0]["request_id"] == given.request_id
    assert [(refusal.error.code, refusal.principal) for refusal in door.engine.refusals] == [("InternalFailure", ROOT)]


def test_a_commit_that_fails_is_no_answer(door: Edge) -> None:
    """503: whether it was written is not known, and the client asks again."""
    door.engine.handle = lambda _incoming, _inline: Outcome(KEYS, None, failed(ServiceUnavailable()))
    assert (code(answer(door)), door.engine.refusals[0].error.code) == ("ServiceUnavailable", "ServiceUnavailable")


def test_an_error_outcome_waits_for_its_commit_too(door: Edge) -> None:
    """Errors are recorded as surely as answers."""
    door.engine.handle = lambda _incoming, _inline: Outcome(None, ValidationFailed("no"), failed(ServiceUnavailable()))
    assert code(answer(door)) == "ServiceUnavailable"


def test_a_database_out_of_reach_is_unavailable(door: Edge) -> None:
    """No unit of work, no call."""
    door.engine.begin_error = ServiceUnavailable()
    given = answer(door)
    assert (code(given), given.status) == ("ServiceUnavailable", 503)


def test_a_response_that_the_model_lacks_is_an_internal_failure(door: Edge) -> None:
    """A mistake of a handler never reaches a client."""
    door.engine.handle = responds({"Keyz": []})
    with structlog.testing.capture_logs() as logs:
        given = answer(door)
    assert (code(given), given.status, len(logs)) == ("InternalFailure", 500, 1)


class WithMembers(ApiError):
    """An error whose shape has more than a message."""

    code = "OpsItemLimitExceededException"


def test_members_of_an_error_shape_are_sent(door: Edge) -> None:
    """Beside code and message."""
    door.engine.handle = fails(WithMembers("too many", {"Limit": 3}))
    assert json.loads(answer(door).body) == {"__type": "OpsItemLimitExceededException", "message": "too many", "Limit": 3}


def test_many_requests_share_the_pool(door: Edge) -> None:
    """A hundred blocking calls at once all end."""

    def handle(_incoming: Incoming, inline: bool) -> Outcome:  # noqa: FBT001
        if inline:
            raise MustBlock
        return Outcome(KEYS, None, done())

    door.engine.handle = handle

    async def all_at_once() -> list[int]:
        request = signed(now=time.time())
        answers = await asyncio.gather(*(door.pipeline.answer(request) for _ in range(100)))
        return [given.answer.status for given in answers]

    assert asyncio.run(all_at_once()) == [200] * 100
