"""Schema upgrades: a newer server adds what it needs beside an older one, and old rows are brought up to date. On both engines."""

from typing import Any

import msgspec
import pytest
from tests.support.stores import THINGS, AnyDatabase, Backend, Thing, put, thing, value_of

from strongroom.core.control import Conflict
from strongroom.core.wrapped_key import WrappedKey
from strongroom.storage.layouts import RecordIsNewer
from strongroom.storage.reseal import Resealer
from strongroom.storage.table import Index, Table, table
from strongroom.storage.verify import RowProblem, verify


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


NEW: Table[NewThing] = table(
    "things",
    NewThing,
    key=("account_id", "name"),
    indexes=(Index("by_amount", ("account_id", "amount")), Index("by_due", ("due",))),
    version=2,
    upgrades={1: upgrade},
)
INDEXED = table("things", Thing, key=("account_id", "name"), indexes=(*THINGS.indexes, Index("by_value", ("value",))))


def amounts(database: AnyDatabase) -> list[tuple[str, int]]:
    """Return what the newer server finds through its new index."""
    found = database.begin(inline=False).scan(NEW, "a", index="by_amount", limit=50)
    return [(record.name, record.amount) for record in found if record.amount]


def test_a_newer_server_reads_old_rows_and_brings_them_up_to_date(backend: Backend) -> None:
    """At once by key; through the new index once they are re-sealed."""
    old = backend.open()
    put(old, thing("one", value=2, due=1, alias="x"), thing("two", value=1), thing("three", value=3))
    new = backend.open([NEW])
    record = new.begin(inline=False).get(NEW, "a", "one")
    assert record == NewThing(account_id="a", name="one", due=1, alias="x", amount=2)
    resealer = Resealer(new)
    assert resealer.reseal_some(2) == 2
    assert resealer.reseal_some(2) == 1
    assert resealer.reseal_some(2) == 0
    assert amounts(new) == [("two", 1), ("one", 2), ("three", 3)]
    assert verify(new).findings == []


def test_an_older_server_leaves_newer_rows_alone(backend: Backend) -> None:
    """It neither reads nor rewrites them, goes on with its own, and the newer one takes those up."""
    old, new = backend.open(), backend.open([NEW])
    unit = new.begin(inline=False)
    unit.insert(NEW, NewThing(account_id="a", name="new", amount=5))
    new.commit(unit).result()
    with pytest.raises(RecordIsNewer):
        value_of(backend.open(), "new")
    unit = old.begin(inline=False)
    unit.insert(THINGS, thing("new", value=1))
    with pytest.raises(Conflict):
        old.commit(unit).result()
    put(old, thing("old", value=4))
    while Resealer(new).reseal_some(10):
        pass
    assert amounts(new) == [("old", 4), ("new", 5)]
    assert [finding.problem for finding in verify(old).findings] == [RowProblem.IS_NEWER] * 2


def test_a_new_index_alone_is_added_without_a_new_version(backend: Backend) -> None:
    """Both servers go on reading and writing each the rows that it understands."""
    put(backend.open(), thing("one", value=2))
    new = backend.open([INDEXED])
    assert new.begin(inline=False).get(INDEXED, "a", "one") is not None
    assert new.begin(inline=False).range(INDEXED, "by_value", until=9, limit=5) == []
    assert Resealer(new).reseal_some(10) == 1
    (found,) = new.begin(inline=False).range(INDEXED, "by_value", until=9, limit=5)
    assert found.value == 2


def test_opening_again_changes_nothing(backend: Backend) -> None:
    """The schema is brought up to date once."""
    for _ in range(3):
        backend.open()
        backend.open([NEW])
    layouts = backend.run("SELECT name FROM system_meta WHERE name > 'layout:t' ORDER BY name")
    assert layouts == [("layout:things:1",), ("layout:things:2",)]


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
