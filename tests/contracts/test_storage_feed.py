"""The change feed: in commit order, without gap, followed by everyone, and compacted without losing what it proves."""

import time
from threading import Event, Thread

import pytest
from tests.support.stores import THINGS, AnyDatabase, Backend, bump, put, thing, value_of

from strongroom.core.control import Conflict
from strongroom.core.errors import OperatorError
from strongroom.storage.compact import compact_feed
from strongroom.storage.verify import feed_anchor, verify

WRITERS = 32
COMMITS = 12
SHARED = 4


def write(database: AnyDatabase, writer: int) -> None:
    """Commit COMMITS units, each with a record of its own and a shared counter, and try again on conflicts."""
    for number in range(COMMITS):
        while True:
            unit = database.begin(inline=False)
            unit.insert(THINGS, thing(f"w{writer:02}-{number:02}"))
            bump(unit, f"shared-{(writer + number) % SHARED}")
            try:
                database.commit(unit).result()
            except Conflict:
                continue
            break


def test_no_follower_misses_a_commit_of_many_concurrent_writers(backend: Backend) -> None:
    """Two processes with 16 writing threads each; a third follows through its cache, a fourth reads sequence numbers as they appear."""
    nodes = [backend.open(), backend.open()]
    follower = backend.open()
    names = [f"shared-{number}" for number in range(SHARED)]
    put(nodes[0], *(thing(name) for name in names))
    seen: list[int] = []
    done = Event()

    def poll() -> None:
        while True:
            ended = done.is_set()
            found = follower.engine.run("SELECT seq FROM system_feed WHERE seq > ? ORDER BY seq", (seen[-1] if seen else 0,))
            seen.extend(sequence for (sequence,) in found)
            if ended:
                return
            for name in names:
                value_of(follower, name)

    threads = [Thread(target=write, args=(nodes[writer % 2], writer)) for writer in range(WRITERS)]
    poller = Thread(target=poll)
    for thread in (poller, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    poller.join()
    expected = SHARED + WRITERS * COMMITS * 2
    assert seen == list(range(1, expected + 1))
    deadline = time.monotonic() + 5
    while sum(value_of(follower, name) or 0 for name in names) != WRITERS * COMMITS:
        assert time.monotonic() < deadline, "the follower missed a commit"
    assert follower.begin(inline=False).count(THINGS, "a") == SHARED + WRITERS * COMMITS
    assert verify(follower).findings == []


def test_compaction_keeps_verification_possible(backend: Backend) -> None:
    """Superseded rows and those of deleted records go; everything else is still proved, also after a second compaction."""
    database = backend.open()
    for round_ in range(6):
        put(database, *(thing(f"{number}", value=round_) for number in range(5)))
    unit = database.begin(inline=False)
    assert unit.get(THINGS, "a", "0") is not None
    unit.delete(THINGS, "a", "0")
    database.commit(unit).result()
    put(database, thing("last"))
    anchor = feed_anchor(database)
    assert compact_feed(database, keep=1) == 5 * 6 + 1
    assert compact_feed(database, keep=1) == 0
    report = verify(database, anchor)
    assert report.findings == []
    assert (report.rows, report.feed_rows, report.head) == (5, 5, anchor)
    put(database, *(thing(f"{number}", value=9) for number in range(5)))
    assert compact_feed(database, keep=3, most=2) > 0
    assert verify(database, anchor).findings == []
    backend.close()
    assert verify(backend.open(), anchor).findings == []


def test_compaction_goes_in_steps(backend: Backend) -> None:
    """Each step takes on so many rows at most, and the last one finds nothing to do."""
    database = backend.open()
    for value in range(20):
        put(database, thing("x", value=value))
    steps: list[int] = []
    while not steps or steps[-1]:
        steps.append(compact_feed(database, keep=5, most=4))
        assert verify(database).findings == []
    assert steps == [4, 4, 4, 3, 0]
    assert backend.run("SELECT count(*) FROM system_feed") == [(6,)]


def test_a_follower_that_missed_compacted_rows_starts_afresh(backend: Backend) -> None:
    """It can't know what they said."""
    database, late = backend.open(), backend.open()
    put(database, thing("x", value=1))
    deadline = time.monotonic() + 5
    while late.engine.cache.position != 1:
        assert time.monotonic() < deadline
        late.begin(inline=False)
    assert value_of(late, "x") == 1
    assert late.engine.cache.get(("things", ("a", "x"))) is not None
    backend.run("UPDATE system_feed SET seq = seq + 10")
    put(database, thing("y"))
    while late.engine.cache.position < 12:
        assert time.monotonic() < deadline
        late.begin(inline=False)
    assert late.engine.cache.get(("things", ("a", "x"))) is None


def test_a_broken_feed_is_not_compacted(backend: Backend) -> None:
    """Compaction would hide what verification has to find."""
    database = backend.open()
    for value in range(6):
        put(database, thing("x", value=value))
    backend.run("UPDATE system_feed SET revision = revision + 1 WHERE seq = 2")
    with pytest.raises(OperatorError):
        compact_feed(database, keep=1)
    assert backend.run("SELECT count(*) FROM system_feed") == [(6,)]
