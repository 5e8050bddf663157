"""Counting requests against a rate."""

from strongroom.calls.quotas import Throttle


def test_a_second_holds_as_many_requests_as_the_rate() -> None:
    """The next one is refused, and let through when the first has left the window; names count apart."""
    throttle = Throttle(1)
    assert [throttle.take(("a",), 3, str(number), 10.0 + number / 10) for number in range(4)] == [True, True, True, False]
    assert throttle.take(("b",), 3, "x", 10.3)
    assert throttle.take(("a",), 3, "4", 11.05)
    assert not throttle.take(("a",), 3, "5", 11.05)


def test_a_request_that_is_run_again_counts_once() -> None:
    """Handlers are run again after a conflict, or when they must block."""
    throttle = Throttle(1)
    assert all(throttle.take(("a",), 2, "same", 10.0) for _ in range(5))
    assert throttle.take(("a",), 2, "other", 10.0)
    assert not throttle.take(("a",), 2, "third", 10.0)


def test_workers_share_a_rate_and_each_lets_one_through() -> None:
    """However small the rate."""
    throttle = Throttle(4)
    assert [throttle.take(("a",), 8, str(number), 10.0) for number in range(3)] == [True, True, False]
    assert Throttle(4).take(("a",), 1, "x", 10.0)


def test_a_clock_that_was_put_back_refuses_nobody_for_long() -> None:
    """Requests that were made in what is now the future do not count."""
    throttle = Throttle(1)
    assert throttle.take(("name",), 1, "a", 5000.0)
    assert not throttle.take(("name",), 1, "b", 5000.5)
    assert throttle.take(("name",), 1, "c", 1000.0)
