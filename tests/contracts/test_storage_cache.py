"""The cache as units of work see it, with several databases open on one store, as processes and nodes are."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.stores import THINGS, AnyDatabase, Backend, bump, put, thing, value_of

from strongroom.core.control import Conflict, MustBlock
from strongroom.storage.session import Arguments, Row


def eventually(check: Callable[[], Any]) -> None:
    """Return once `check` holds. PostgreSQL announces commits; a node sees them a moment later."""
    deadline = time.monotonic() + 5
    while not check():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.005)


def is_cached(database: AnyDatabase, name: str) -> bool:
    """Return whether the next read needs no database."""
    return database.engine.cache.get(("things", ("a", name))) is not None


def test_two_databases_on_one_store_see_each_other_s_changes(backend: Backend) -> None:
    """Inserts, changes and deletions; on SQLite the very next unit sees them."""
    one, two = backend.open(), backend.open()
    assert value_of(two, "x") is None
    put(one, thing("x", value=1))
    eventually(lambda: value_of(two, "x") == 1)
    put(two, thing("x", value=2))
    eventually(lambda: value_of(one, "x") == 2)
    unit = one.begin(inline=False)
    assert unit.get(THINGS, "a", "x") is not None
    unit.delete(THINGS, "a", "x")
    one.commit(unit).result()
    eventually(lambda: value_of(two, "x") is None)


def test_absence_is_cached_and_ends_with_an_insert(backend: Backend) -> None:
    """A key that is asked for again and again costs one read."""
    database, other = backend.open(), backend.open()
    assert value_of(database, "x") is None
    assert is_cached(database, "x")
    put(database, thing("x", value=1))
    assert value_of(database, "x") == 1
    assert value_of(database, "y") is None
    put(other, thing("y", value=2))
    eventually(lambda: value_of(database, "y") == 2)


def test_a_commit_leaves_its_records_in_the_cache(database: AnyDatabase) -> None:
    """The next inline read is served at once, unless the follower was faster and saw a commit that may have been another's."""
    values = iter(range(1, 100))

    def served() -> bool:
        value = next(values)
        put(database, thing("x", value=value))
        try:
            record = database.begin(inline=True).get(THINGS, "a", "x")
        except MustBlock:
            return False
        return record is not None and record.value == value

    eventually(served)


def test_a_read_that_was_overtaken_by_a_commit_does_not_fill_the_cache(backend: Backend) -> None:
    """Between the read and the fill another process commits, and this one follows the feed."""
    database, other = backend.open(), backend.open()
    put(other, thing("x", value=1))
    eventually(lambda: _follow(database) == other.engine.cache.position)
    read = database.engine.blocking._run

    def overtaken(sql: str, arguments: Arguments) -> list[Row]:
        rows = read(sql, arguments)
        put(other, thing("x", value=2))
        eventually(lambda: _follow(database) == other.engine.cache.position)
        return rows

    database.engine.blocking._run = overtaken
    assert value_of(database, "x") == 1
    database.engine.blocking._run = read
    assert not is_cached(database, "x")
    assert value_of(database, "x") == 2


def _follow(database: AnyDatabase) -> int:
    database.begin(inline=True)
    return database.engine.cache.position


def test_a_conflict_makes_the_rerun_read_afresh(backend: Backend) -> None:
    """Even if this process has not heard of the other's commit, the rerun after a conflict succeeds."""
    one, two = backend.open(), backend.open()
    put(one, thing("x"))
    eventually(lambda: value_of(two, "x") == 0)
    unit = two.begin(inline=False)
    bump(unit, "x")
    put(one, thing("x", value=10))
    with pytest.raises(Conflict):
        two.commit(unit).result()
    unit.reset()
    bump(unit, "x")
    two.commit(unit).result()
    assert value_of(two, "x") == 11


def test_a_small_cache_gives_the_same_answers(backend: Backend) -> None:
    """Eviction is not forgetting."""
    database = backend.open(cache_bytes=4_000)
    put(database, *(thing(f"{number:03}", value=number) for number in range(50)))
    for _ in range(2):
        assert [value_of(database, f"{number:03}") for number in range(50)] == list(range(50))
    assert database.engine.cache.size <= 4_000


def test_slow_work_never_starts_inline(database: AnyDatabase) -> None:
    """RSA and the like wait for the thread pool."""
    database.begin(inline=False).ensure_may_block()
    with pytest.raises(MustBlock):
        database.begin(inline=True).ensure_may_block()


def test_a_long_search_never_runs_inline(database: AnyDatabase) -> None:
    """Nor does counting, which has no bound."""
    unit = database.begin(inline=True)
    with pytest.raises(MustBlock):
        unit.scan(THINGS, "a", limit=101)
    with pytest.raises(MustBlock):
        unit.range(THINGS, "by_due", until=1, limit=101)
    with pytest.raises(MustBlock):
        unit.count(THINGS, "a")


def test_a_process_that_was_idle_for_very_long_starts_a_new_cache(backend: Backend) -> None:
    """Beyond a few thousand unread commits, dropping everything is cheaper than following."""
    idle, busy = backend.open(), backend.open()
    put(busy, thing("x", value=1))
    eventually(lambda: value_of(idle, "x") == 1)
    for start in range(0, 5_200, 400):
        put(busy, *(thing(f"{number}") for number in range(start, start + 400)))
    put(busy, thing("x", value=2))
    eventually(lambda: value_of(idle, "x") == 2)
