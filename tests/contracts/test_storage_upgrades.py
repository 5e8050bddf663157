"""Schema upgrades: a newer server works beside an older one, and old rows are brought up to date once that is gone. On both engines."""

from typing import Any

import msgspec
import pytest
from tests.support.stores import THINGS, AnyDatabase, Backend, Thing, put, thing, value_of

from strongroom.core.control import Conflict
from strongroom.core.errors import OperatorError
from strongroom.core.wrapped_key import WrappedKey
from strongroom.storage.reseal import Backfill, Resealer
from strongroom.storage.rollout import DatabaseIsNewer
from strongroom.storage.table import Index, Table, table
from strongroom.storage.verify import verify


class NewThing(msgspec.Struct, frozen=True, kw_only=True):
    """Version 2: `value` became `amount` and can be searched; there is no index on aliases any more."""

    account_id: str
    name: str
    due: int | None = None
    alias: str | None = None
    amount: int = 0


def upgrade(fields: dict[str, Any]) -> dict[str, Any]:
    """Version 1 to version 2."""
    fields["amount"] = fields.pop("value")
    return fields


def downgrade(fields: dict[str, Any]) -> dict[str, Any]:
    """Version 2 to version 1."""
    fields["value"] = fields.pop("amount")
    return fields


NEW: Table[NewThing] = table(
    "things",
    NewThing,
    key=("account_id", "name"),
    indexes=(Index("by_amount", ("account_id", "amount")), Index("by_due", ("due",))),
    version=2,
    upgrades={1: upgrade},
    downgrades={1: downgrade},
)
STOPPING: Table[NewThing] = table("things", NewThing, key=("account_id", "name"), version=2, upgrades={1: upgrade})
INDEXED = table("things", Thing, key=("account_id", "name"), indexes=(*THINGS.indexes, Index("by_value", ("value",))))


def write(database: AnyDatabase, name: str, amount: int) -> None:
    """Insert or change a record through the newer server."""
    unit = database.begin(inline=False)
    record = NewThing(account_id="a", name=name, amount=amount)
    if unit.get(NEW, "a", name) is None:
        unit.insert(NEW, record)
    else:
        unit.replace(NEW, record)
    database.commit(unit).result()


def amounts(database: AnyDatabase, **options: Any) -> list[tuple[str, int]]:
    """Return what the newer server finds through its new index."""
    found = database.begin(inline=False).scan(NEW, "a", index="by_amount", **{"limit": 50, **options})
    return [(record.name, record.amount) for record in found]


def beat(database: AnyDatabase) -> None:
    """Have a node say that it is alive, and take the steps that all are ready for."""
    database.engine.writer.call(database.engine.rollout.beat)
    database.engine.writer.call(database.engine.rollout.learn)


def stored_layouts(backend: Backend) -> set[int]:
    """Return the numbers of the layouts that rows have."""
    return {number for (number,) in backend.run("SELECT DISTINCT layout FROM things")}


def indexes(backend: Backend, database: AnyDatabase) -> int:
    """Return how many indexes the table has beside its key's."""
    return len(backend.run(database.engine.dialect.indexes_of, "things"))


def test_an_older_and_a_newer_server_read_and_write_the_same_records(backend: Backend) -> None:
    """As long as the older one is alive, rows stay in the layout that it understands; each sees what the other wrote."""
    old = backend.open()
    put(old, thing("one", value=2, due=1, alias="x"))
    new = backend.open([NEW])
    assert new.begin(inline=False).get(NEW, "a", "one") == NewThing(account_id="a", name="one", due=1, alias="x", amount=2)
    write(new, "two", 5)
    beat(new)
    put(old, thing("two", value=6), thing("three", value=1))
    write(new, "one", 7)
    assert [value_of(backend.open(), name) for name in ("one", "two", "three")] == [7, 6, 1]
    assert stored_layouts(backend) == {1}
    for database in (old, new):
        assert verify(database).findings == []


def test_searches_by_a_new_index_are_whole_before_the_rows_have_it(backend: Backend) -> None:
    """In order, page by page, in both directions, and while the rows are brought up to date."""
    old = backend.open()
    put(old, *(thing(f"{number:02}", value=number) for number in range(12)))
    new = backend.open([NEW])
    write(new, "new", 4)
    expected = sorted([*((f"{number:02}", number) for number in range(12)), ("new", 4)], key=lambda each: (each[1], each[0]))
    assert amounts(new) == expected
    backend.close_one(old)
    beat(new)
    Resealer(new).reseal_some(5)
    assert len(stored_layouts(backend)) == 2
    assert amounts(new) == expected
    assert amounts(new, limit=3, after=("a", 4, "a", "04")) == [("new", 4), ("05", 5), ("06", 6)]
    assert amounts(new, limit=3, descending=True) == expected[:-4:-1]


def test_rows_are_brought_up_to_date_once_the_last_older_server_is_gone(backend: Backend) -> None:
    """Then searches rely on the new index, what only older servers used goes, and such a server is refused."""
    old = backend.open()
    put(old, *(thing(f"{number:03}", value=number, alias="x") for number in range(450)))
    new = backend.open([NEW])
    backfill = Backfill(new)
    assert not backfill.is_wanted()
    before = indexes(backend, new)
    backend.close_one(old)
    beat(new)
    assert backfill.is_wanted()
    backfill.run(30)
    assert not backfill.is_wanted()
    assert stored_layouts(backend) == {2}
    assert backend.run("SELECT count(*) FROM things WHERE alias IS NOT NULL") == [(0,)]
    assert indexes(backend, new) == before - 1
    assert len(amounts(new, limit=1000)) == 450
    assert verify(new).findings == []
    with pytest.raises(DatabaseIsNewer, match="install that version here too"):
        backend.open()


def test_a_server_that_was_silent_for_long_can_t_write_what_others_no_longer_expect(backend: Backend) -> None:
    """It counts as gone, and when it comes back its commits fail, so no search misses what it would have written."""
    old = backend.open()
    put(old, thing("one", value=1))
    backend.run("UPDATE system_nodes SET seen_ms = 0")
    new = backend.open([NEW])
    unit = old.begin(inline=False)
    unit.insert(THINGS, thing("late", value=2))
    with pytest.raises(DatabaseIsNewer):
        old.commit(unit).result()
    Backfill(new).run(30)
    assert amounts(new) == [("one", 1)]


def test_a_unit_that_was_sealed_before_a_step_conflicts_and_then_succeeds(backend: Backend) -> None:
    """Whoever runs it again seals it in the layout that is written now."""
    old, new = backend.open(), backend.open([NEW])
    third = backend.open([NEW])
    backend.close_one(old)
    beat(third)
    unit = new.begin(inline=False)
    unit.insert(NEW, NewThing(account_id="a", name="one", amount=1))
    with pytest.raises(Conflict):
        new.commit(unit).result()
    write(new, "one", 1)
    assert stored_layouts(backend) == {2}


def test_a_change_that_can_t_be_undone_needs_the_older_servers_stopped(backend: Backend) -> None:
    """A newer server that could only write what they can't read does not start beside them."""
    old = backend.open()
    with pytest.raises(OperatorError, match="stop them first"):
        backend.open([STOPPING])
    put(old, thing("one", value=1))
    backend.close_one(old)
    backend.open([STOPPING])


def test_a_new_index_alone_is_added_without_a_new_version(backend: Backend) -> None:
    """Both servers go on reading and writing, and the search is whole at once."""
    old = backend.open()
    put(old, thing("one", value=2))
    new = backend.open([INDEXED])
    put(new, thing("two", value=3))
    put(old, thing("two", value=1))
    found = new.begin(inline=False).range(INDEXED, "by_value", until=9, limit=5)
    assert [(record.name, record.value) for record in found] == [("two", 1), ("one", 2)]
    backend.close_one(old)
    beat(new)
    Backfill(new).run(30)
    found = new.begin(inline=False).range(INDEXED, "by_value", until=9, limit=5)
    assert [(record.name, record.value) for record in found] == [("two", 1), ("one", 2)]


def test_opening_again_changes_nothing(backend: Backend) -> None:
    """The schema is brought up to date once."""
    for _ in range(3):
        backend.open()
        backend.open([NEW])
    layouts = backend.run("SELECT name FROM system_meta WHERE name > 'layout:t' AND name < 'layout:u' ORDER BY name")
    assert layouts == [("layout:things:1",), ("layout:things:2",)]


def test_nodes_that_close_leave_nothing_behind(backend: Backend) -> None:
    """So a newer server need not wait for them."""
    for _ in range(2):
        backend.close_one(backend.open())
    assert backend.run("SELECT count(*) FROM system_nodes") == [(0,)]


def test_rows_under_an_old_domain_key_are_re_sealed(backend: Backend) -> None:
    """After a rotation; a row that does not open is passed over, and stays to be found."""
    database = backend.open()
    put(database, *(thing(f"{number:02}", value=number) for number in range(25)))
    backend.run("UPDATE things SET alias = 'forged' WHERE name = '07'")
    backend.ring.rotate(1)
    backend.close()
    database = backend.open()
    resealer = Resealer(database)
    counts = [resealer.reseal_some(10) for _ in range(4)]
    assert sum(counts) == 24
    form = database.engine.formats["things"]
    stale = [row for row in database.engine.run(form.statements.select, ()) if not form.is_current(row)]
    assert [row[1] for row in stale] == ["07"]
    assert value_of(database, "24") == 24


def test_two_nodes_that_make_a_domain_key_at_once_agree(backend: Backend) -> None:
    """The second one is told that its number is taken."""
    store = backend.medium.keys()
    store.add_domain_key(WrappedKey(7, 5, b"wrapped"))
    with pytest.raises(Conflict):
        backend.medium.keys().add_domain_key(WrappedKey(7, 6, b"other"))
    assert store.domain_keys()[-1] == WrappedKey(7, 5, b"wrapped")
