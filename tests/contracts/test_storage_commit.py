"""What a commit promises: all or nothing, no lost update, and a conflict that hurts only its own unit. On both engines."""

from concurrent.futures import Future
from threading import Event

import pytest
from tests.support.stores import (
    OWNERS,
    THINGS,
    AnyDatabase,
    Backend,
    Chain,
    Owner,
    bump,
    journal_entry,
    names,
    put,
    thing,
    value_of,
)

from strongroom.core.control import Conflict
from strongroom.core.errors import ServiceUnavailable
from strongroom.storage.ports import UnitOfWork
from strongroom.storage.session import Session


def hold(database: AnyDatabase) -> tuple[Event, Future[None]]:
    """Keep the writer busy until the event is set, so that what is committed meanwhile forms one batch."""
    release = Event()
    started = Event()

    def wait(_session: Session) -> None:
        started.set()
        release.wait(30)

    future = database.engine.writer.submit(wait)
    assert started.wait(30)
    return release, future


def test_the_second_writer_of_one_revision_loses(database: AnyDatabase) -> None:
    """A lost update is refused, and the first writer's change stays."""
    put(database, thing("one"))
    first, second = database.begin(inline=False), database.begin(inline=False)
    bump(first, "one")
    bump(second, "one")
    database.commit(first).result()
    with pytest.raises(Conflict):
        database.commit(second).result()
    assert value_of(database, "one") == 1
    second.reset()
    bump(second, "one")
    database.commit(second).result()
    assert value_of(database, "one") == 2


def test_a_change_of_what_was_only_read_conflicts(database: AnyDatabase) -> None:
    """Decisions rest on reads: the policy that allowed a write is checked with it."""
    put(database, thing("policy"))
    unit = database.begin(inline=False)
    assert unit.get(THINGS, "a", "policy") is not None
    unit.insert(THINGS, thing("written"))
    put(database, thing("policy", value=1))
    with pytest.raises(Conflict):
        database.commit(unit).result()
    assert value_of(database, "written") is None


def test_a_record_that_was_absent_when_read_must_still_be(database: AnyDatabase) -> None:
    """Absence is a fact like any other."""
    unit = database.begin(inline=False)
    assert unit.get(THINGS, "a", "one") is None
    unit.insert(THINGS, thing("two"))
    put(database, thing("one"))
    with pytest.raises(Conflict):
        database.commit(unit).result()
    assert value_of(database, "two") is None


def test_an_insert_of_an_existing_key_conflicts(database: AnyDatabase) -> None:
    """Even if the unit did not look first."""
    put(database, thing("one", value=1))
    unit = database.begin(inline=False)
    unit.insert(THINGS, thing("one", value=2))
    with pytest.raises(Conflict):
        database.commit(unit).result()
    assert value_of(database, "one") == 1


def test_a_record_deleted_and_made_anew_is_not_the_one_that_was_read(database: AnyDatabase) -> None:
    """Revisions never come back for a key."""
    put(database, thing("one"))
    unit = database.begin(inline=False)
    bump(unit, "one")
    other = database.begin(inline=False)
    assert other.get(THINGS, "a", "one") is not None
    other.delete(THINGS, "a", "one")
    database.commit(other).result()
    put(database, thing("one"))
    with pytest.raises(Conflict):
        database.commit(unit).result()


def test_a_conflict_inside_a_batch_does_not_hurt_its_neighbours(database: AnyDatabase) -> None:
    """Units that were committed together are still each on their own."""
    put(database, thing("shared"))
    units: list[UnitOfWork] = []
    for number in range(10):
        unit = database.begin(inline=False)
        unit.insert(THINGS, thing(f"new-{number}"))
        if number in (3, 4, 7):
            bump(unit, "shared")
        units.append(unit)
    release, _ = hold(database)
    futures = [database.commit(unit) for unit in units]
    release.set()
    errors = [future.exception() for future in futures]
    assert [number for number, error in enumerate(errors) if error is not None] == [4, 7]
    assert all(isinstance(errors[number], Conflict) for number in (4, 7))
    expected = [f"new-{number}" for number in range(10) if number not in (4, 7)]
    assert names(database.begin(inline=False).scan(THINGS, "a", limit=20)) == [*expected, "shared"]
    assert value_of(database, "shared") == 1


def test_units_of_one_batch_build_on_each_other(database: AnyDatabase) -> None:
    """A unit that read nothing of what its neighbour wrote follows it; the table holds the last state."""
    put(database, thing("one", value=1))
    unit = database.begin(inline=False)
    assert unit.get(THINGS, "a", "one") is not None
    unit.delete(THINGS, "a", "one")
    later = database.begin(inline=False)
    later.insert(THINGS, thing("one", value=5))
    release, _ = hold(database)
    futures = [database.commit(unit), database.commit(later)]
    release.set()
    assert [future.exception() for future in futures] == [None, None]
    assert value_of(database, "one") == 5


def test_a_unit_that_the_database_refuses_does_not_hurt_its_neighbours(backend: Backend) -> None:
    """A request id that the journal holds already fails its own unit only, and all of it."""
    database = backend.open(chain=Chain("w"))
    for repeated in (False, True):
        units = []
        for number in range(3):
            unit = database.begin(inline=False)
            unit.insert(THINGS, thing(f"{repeated}-{number}"))
            unit.attach([journal_entry("same" if number == 1 else f"{repeated}-{number}")])
            units.append(unit)
        release, _ = hold(database)
        futures = [database.commit(unit) for unit in units]
        release.set()
        refused = [isinstance(future.exception(), ServiceUnavailable) for future in futures]
        assert refused == [False, repeated, False]
    assert names(database.begin(inline=False).scan(THINGS, "a", limit=10)) == ["False-0", "False-1", "False-2", "True-0", "True-2"]


def test_a_unit_is_all_or_nothing_over_its_tables(database: AnyDatabase) -> None:
    """A conflict on one table undoes the writes to the other."""
    unit = database.begin(inline=False)
    unit.insert(OWNERS, Owner(account_id="a"))
    unit.insert(THINGS, thing("one"))
    put(database, thing("one", value=8))
    with pytest.raises(Conflict):
        database.commit(unit).result()
    assert database.begin(inline=False).get(OWNERS, "a") is None


def test_a_cancelled_commit_never_happens(database: AnyDatabase) -> None:
    """A client that went away before the writer got to its unit leaves no trace."""
    unit = database.begin(inline=False)
    unit.insert(THINGS, thing("one"))
    release, _ = hold(database)
    assert database.commit(unit).cancel()
    release.set()
    put(database, thing("two"))
    assert names(database.begin(inline=False).scan(THINGS, "a", limit=10)) == ["two"]


def test_closing_finishes_queued_commits_and_refuses_later_ones(backend: Backend) -> None:
    """What was queued is durable; what comes after is answered as unavailable."""
    database = backend.open()
    futures = []
    for number in range(20):
        unit = database.begin(inline=False)
        unit.insert(THINGS, thing(f"{number:02}"))
        futures.append(database.commit(unit))
    late = database.begin(inline=False)
    late.insert(THINGS, thing("late"))
    backend.close_one(database)
    assert all(future.exception() is None for future in futures)
    assert isinstance(database.commit(late).exception(), ServiceUnavailable)
    assert backend.open().begin(inline=False).count(THINGS, "a") == 20


def test_journal_entries_are_chained_in_the_order_of_commits(backend: Backend) -> None:
    """Numbers have no gap, each MAC follows from the one before, and a unit that conflicts leaves no entry."""
    chain = Chain("writer-1")
    database = backend.open(chain=chain)
    put(database, thing("shared"))
    release, _ = hold(database)
    units = []
    for number in range(6):
        unit = database.begin(inline=False)
        if number in (1, 2):
            bump(unit, "shared")
        else:
            unit.insert(THINGS, thing(f"{number}"))
        unit.attach([journal_entry(f"r{number}", body=b"%d" % number), journal_entry(f"r{number}", 1, b"nested")])
        units.append(unit)
    futures = [database.commit(unit) for unit in units]
    release.set()
    assert [future.exception() is None for future in futures] == [True, True, False, True, True, True]
    rows = database.audit().journal("writer-1", 0, 100)
    assert [row.entry.request_id for row in rows] == [f"r{number}" for number in (0, 0, 1, 1, 3, 3, 4, 4, 5, 5)]
    assert [row.sequence for row in rows] == list(range(1, 11))
    mac = b""
    for row in rows:
        mac = chain.link(row.sequence, mac, row.entry.body)
        assert row.mac == mac
    assert chain.last == (10, mac)


def test_a_journal_chain_goes_on_after_reopening(backend: Backend) -> None:
    """The head is read from the database, not remembered."""
    for number in range(2):
        database = backend.open(chain=Chain("same-writer"))
        unit = database.begin(inline=False)
        unit.insert(THINGS, thing(f"{number}"))
        unit.attach([journal_entry(f"r{number}")])
        database.commit(unit).result()
        backend.close()
    assert [row.sequence for row in backend.open().audit().journal("same-writer", 0, 10)] == [1, 2]


def test_journal_entries_without_a_chain_are_refused(database: AnyDatabase) -> None:
    """An audit event is never stored unchained, and its unit does not commit without it."""
    unit = database.begin(inline=False)
    unit.insert(THINGS, thing("one"))
    unit.attach([journal_entry("r")])
    with pytest.raises(ValueError, match="without a journal chain"):
        database.commit(unit).result()
    assert value_of(database, "one") is None


def test_a_unit_with_a_stale_fencing_token_conflicts(database: AnyDatabase) -> None:
    """Timed work that lost its lease meanwhile can't commit."""
    leases = database.leases()
    token = leases.acquire("job", "node-1", 30)
    assert token is not None
    unit = database.begin(inline=False)
    unit.fence("job", token)
    unit.insert(THINGS, thing("one"))
    leases.release("job", "node-1")
    newer = leases.acquire("job", "node-2", 30)
    assert newer is not None
    with pytest.raises(Conflict):
        database.commit(unit).result()
    unit.reset()
    unit.fence("job", newer)
    unit.insert(THINGS, thing("two"))
    database.commit(unit).result()
    assert names(database.begin(inline=False).scan(THINGS, "a", limit=10)) == ["two"]
