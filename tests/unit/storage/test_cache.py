"""The cache: bounded by bytes, and never older than what it was told."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.storage.cache import REMEMBERED_INVALIDATIONS, Cache
from strongroom.storage.entry import ABSENT, Entry, Place


class Value(msgspec.Struct, frozen=True):
    """A record."""

    number: int


def place(name: Any) -> Place:
    """Return a place of one table."""
    return ("things", (str(name),))


def entry(revision: int, size: int = 100) -> Entry:
    """Return an entry that tells its revision."""
    return Entry(Value(revision), revision, size)


def test_what_was_filled_is_found_absence_too() -> None:
    """A negative answer is an answer."""
    cache = Cache(10_000)
    cache.fill(place("a"), entry(1), cache.moment)
    cache.fill(place("b"), ABSENT, cache.moment)
    assert cache.get(place("a")) == entry(1)
    assert cache.get(place("b")) is ABSENT
    assert cache.get(place("c")) is None


def test_a_fill_is_dropped_if_its_key_was_invalidated_after_the_read_began() -> None:
    """The read may have seen the state before; other keys are not affected."""
    cache = Cache(10_000)
    since = cache.moment
    cache.follow([(1, place("a"))])
    cache.fill(place("a"), entry(1), since)
    cache.fill(place("b"), entry(1), since)
    assert cache.get(place("a")) is None
    assert cache.get(place("b")) == entry(1)
    cache.fill(place("a"), entry(2), cache.moment)
    assert cache.get(place("a")) == entry(2)


def test_a_fill_is_dropped_if_its_invalidation_may_have_been_forgotten() -> None:
    """Only so many invalidations are remembered; older reads are then refused altogether."""
    cache = Cache(10_000)
    since = cache.moment
    cache.follow([(number + 1, place(number)) for number in range(REMEMBERED_INVALIDATIONS + 1)])
    cache.fill(place("other"), entry(1), since)
    assert cache.get(place("other")) is None


def test_the_own_commit_is_kept_unless_the_feed_was_followed_past_it() -> None:
    """After the follower has been there, another process may have written on top."""
    cache = Cache(10_000)
    cache.committed([(1, place("a"), entry(1))])
    assert cache.get(place("a")) == entry(1)
    cache.follow([(2, place("a")), (3, place("a"))])
    cache.committed([(2, place("a"), entry(2))])
    assert cache.get(place("a")) is None
    assert cache.position == 3


def test_an_own_commit_that_was_followed_in_part_is_kept_for_the_rest() -> None:
    """A follower may have stopped in the middle of a long batch."""
    cache = Cache(10_000)
    cache.follow([(1, place("a"))])
    cache.committed([(1, place("a"), entry(1)), (2, place("b"), entry(2))])
    assert cache.get(place("a")) is None
    assert cache.get(place("b")) == entry(2)


def test_rows_that_were_applied_already_are_passed_over() -> None:
    """A slow follower does not drop what came after."""
    cache = Cache(10_000)
    cache.follow([(1, place("a"))])
    cache.fill(place("a"), entry(2), cache.moment)
    cache.follow([(1, place("a"))])
    assert cache.get(place("a")) == entry(2)


def test_a_gap_in_the_feed_drops_everything() -> None:
    """Rows were compacted away before this process read them."""
    cache = Cache(10_000)
    cache.follow([(1, place("x"))])
    cache.fill(place("a"), entry(1), cache.moment)
    cache.follow([(3, place("b"))])
    assert cache.get(place("a")) is None
    assert cache.position == 3


def test_starting_over_goes_back_and_then_only_the_feed_goes_on() -> None:
    """A replica that was promoted gives numbers out again; an own commit does not hide what lies before it."""
    cache = Cache(10_000)
    cache.follow([(1, place("x")), (2, place("x"))])
    cache.restart(1)
    cache.fill(place("a"), entry(1), cache.moment)
    cache.committed([(3, place("b"), entry(1))])
    assert cache.position == 1
    assert cache.get(place("b")) is None
    cache.follow([(2, place("a")), (3, place("b"))])
    assert cache.get(place("a")) is None
    assert cache.position == 3


def test_what_is_used_stays_and_what_is_not_goes() -> None:
    """A hit in the old generation moves the entry to the young one."""
    cache = Cache(2_000)
    cache.fill(place("kept"), entry(1), cache.moment)
    for number in range(100):
        cache.fill(place(number), entry(1), cache.moment)
        assert cache.get(place("kept")) is not None
    assert cache.get(place(0)) is None


def test_an_entry_larger_than_half_the_cache_is_not_kept() -> None:
    """It would only push out everything else."""
    cache = Cache(1_000)
    cache.fill(place("a"), entry(1, size=501), cache.moment)
    assert cache.get(place("a")) is None


@given(st.lists(st.tuples(st.sampled_from(["fill", "get", "drop", "own"]), st.integers(0, 9), st.integers(1, 400))))
def test_the_cache_never_holds_more_than_its_limit(steps: list[tuple[str, int, int]]) -> None:
    """Whatever is done with it; and its own count of bytes stays true."""
    cache = Cache(1_000)
    for action, name, size in steps:
        if action == "fill":
            cache.fill(place(name), entry(1, size), cache.moment)
        elif action == "get":
            cache.get(place(name))
        elif action == "drop":
            cache.forget([place(name)])
        else:
            cache.committed([(cache.position + 1, place(name), entry(2, size))])
        assert cache.size <= 1_000
        assert cache.size == sum(kept.size for half in (cache._young, cache._old) for kept in half.values())


@pytest.mark.parametrize("revision", [1, 2])
def test_forgetting_makes_the_next_read_ask(revision: int) -> None:
    """For places that a commit found to be stale."""
    cache = Cache(1_000)
    cache.fill(place("a"), entry(revision), cache.moment)
    cache.forget([place("a")])
    assert cache.get(place("a")) is None
