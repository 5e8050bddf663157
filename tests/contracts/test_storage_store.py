"""What a unit of work sees: committed records, its own writes over them, and nothing else. On both engines."""

from typing import Any

import msgspec
import pytest
from tests.support.stores import OWNERS, THINGS, AnyDatabase, Backend, Owner, bump, names, put, thing, value_of

from strongroom.core.secret import SecretBytes


def test_a_committed_record_is_read_back_whole(database: AnyDatabase) -> None:
    """Every member survives, the secret one too."""
    put(database, thing("one", due=5, alias="first", value=7, body=SecretBytes(b"\x00\xff")))
    found = database.begin(inline=False).get(THINGS, "a", "one")
    assert found is not None
    assert (found.due, found.alias, found.value, found.body.reveal()) == (5, "first", 7, b"\x00\xff")


def test_what_is_not_committed_is_seen_by_nobody_else(database: AnyDatabase) -> None:
    """Buffered writes belong to their unit."""
    unit = database.begin(inline=False)
    unit.insert(THINGS, thing("one"))
    assert unit.get(THINGS, "a", "one") is not None
    assert value_of(database, "one") is None


def test_a_unit_sees_its_own_replacement_and_deletion(database: AnyDatabase) -> None:
    """Own writes lie over committed records, in reads by key and in searches."""
    put(database, thing("one", value=1), thing("two", value=2), thing("three", value=3))
    unit = database.begin(inline=False)
    bump(unit, "one")
    assert unit.get(THINGS, "a", "two") is not None
    unit.delete(THINGS, "a", "two")
    unit.insert(THINGS, thing("four", value=4))
    assert [(record.name, record.value) for record in unit.scan(THINGS, "a", limit=10)] == [("four", 4), ("one", 2), ("three", 3)]
    assert unit.get(THINGS, "a", "two") is None
    assert unit.count(THINGS, "a") == 3
    database.commit(unit).result()
    assert names(database.begin(inline=False).scan(THINGS, "a", limit=10)) == ["four", "one", "three"]
    assert database.begin(inline=False).count(THINGS, "a") == 3


def test_a_record_deleted_and_inserted_in_one_unit_is_replaced(database: AnyDatabase) -> None:
    """The last write counts."""
    put(database, thing("one", value=1))
    unit = database.begin(inline=False)
    assert unit.get(THINGS, "a", "one") is not None
    unit.delete(THINGS, "a", "one")
    unit.insert(THINGS, thing("one", value=9))
    database.commit(unit).result()
    assert value_of(database, "one") == 9


def test_a_record_inserted_and_deleted_in_one_unit_was_never_there(database: AnyDatabase) -> None:
    """Nothing is left of it."""
    unit = database.begin(inline=False)
    unit.insert(THINGS, thing("one"))
    unit.delete(THINGS, "a", "one")
    database.commit(unit).result()
    assert value_of(database, "one") is None


def test_keys_alone_are_those_of_the_records_that_a_search_finds(database: AnyDatabase) -> None:
    """In the same pages, whether a record is cached, changed since, or only in this unit's own writes."""
    put(database, *(thing(f"n{number}") for number in range(5)))
    reader = database.begin(inline=False)
    assert reader.get(THINGS, "a", "n1") is not None
    put(database, thing("n1", value=3))
    assert reader.scan_keys(THINGS, "a", limit=2) == [("a", "n0"), ("a", "n1")]
    assert reader.scan_keys(THINGS, "a", after=("a", "n1"), limit=9) == [("a", "n2"), ("a", "n3"), ("a", "n4")]
    assert reader.scan_keys(THINGS, "b", limit=9) == []
    unit = database.begin(inline=False)
    unit.insert(THINGS, thing("n05"))
    assert unit.scan_keys(THINGS, "a", limit=3) == [("a", "n0"), ("a", "n05"), ("a", "n1")]


@pytest.mark.parametrize("change", ["replace", "delete"])
def test_a_record_that_was_not_read_is_not_changed(database: AnyDatabase, change: str) -> None:
    """A blind write is a programming error: its revision could not be checked."""
    put(database, thing("one"))
    unit = database.begin(inline=False)
    with pytest.raises(LookupError):
        unit.replace(THINGS, thing("one", value=1)) if change == "replace" else unit.delete(THINGS, "a", "one")


def test_a_search_counts_as_reading(database: AnyDatabase) -> None:
    """Records that a search returned may be replaced."""
    put(database, thing("one"))
    unit = database.begin(inline=False)
    (found,) = unit.scan(THINGS, "a", limit=10)
    unit.replace(THINGS, msgspec.structs.replace(found, value=3))
    database.commit(unit).result()
    assert value_of(database, "one") == 3


def test_writes_inside_a_failed_savepoint_are_dropped_and_those_before_it_stay(database: AnyDatabase) -> None:
    """A nested call that fails loses its own writes only."""
    put(database, thing("old", value=1))
    unit = database.begin(inline=False)
    unit.insert(THINGS, thing("before"))

    def fail() -> None:
        with unit.savepoint():
            unit.insert(THINGS, thing("inside"))
            bump(unit, "old")
            unit.delete(THINGS, "a", "before")
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        fail()
    with unit.savepoint():
        unit.insert(THINGS, thing("kept"))
    database.commit(unit).result()
    assert names(database.begin(inline=False).scan(THINGS, "a", limit=10)) == ["before", "kept", "old"]
    assert value_of(database, "old") == 1


def test_a_reset_unit_starts_afresh(database: AnyDatabase) -> None:
    """Reads, writes and journal entries of the run before are forgotten."""
    unit = database.begin(inline=False)
    assert unit.get(THINGS, "a", "one") is None
    unit.insert(THINGS, thing("mine"))
    put(database, thing("one", value=1))
    unit.reset()
    assert not unit.has_writes()
    bump(unit, "one")
    database.commit(unit).result()
    assert value_of(database, "one") == 2
    assert value_of(database, "mine") is None


ROWS = [
    thing("a", due=3, alias="x"),
    thing("b", due=1, alias=None),
    thing("c", due=None, alias="x"),
    thing("d", due=1, alias="w"),
    thing("e", due=2, alias=None),
    thing("é", due=2, alias="z"),
    thing("z", due=9, alias="é"),
    thing("\U0001f600", due=4, alias="￿"),
]


@pytest.mark.parametrize("own", [0, 3, 8], ids=["committed", "some-own", "all-own"])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(("index", "prefix"), [(None, ("a",)), (None, ()), ("by_alias", ("a",)), ("by_alias", ("a", "x")), ("by_due", ())])
def test_every_ordering_is_the_same_page_by_page_and_whole(
    database: AnyDatabase, own: int, *, descending: bool, index: str | None, prefix: tuple[str, ...]
) -> None:
    """Pages of every size meet without gap or overlap, None comes first, and text is ordered by its code points."""
    put(database, *ROWS[own:])
    unit = database.begin(inline=False)
    for record in ROWS[:own]:
        unit.insert(THINGS, record)

    def position(record: Any) -> list[tuple[bool, Any]]:
        return [(value is not None, value) for value in THINGS.position_of(record, index)]

    members = [row for row in ROWS if (index != "by_due" or row.due is not None) and (len(prefix) < 2 or row.alias == prefix[1])]
    expected = names(sorted(members, key=position, reverse=descending))
    for size in (1, 2, 3, 8):
        found: list[Any] = []
        after = None
        while page := unit.scan(THINGS, *prefix, index=index, after=after, limit=size, descending=descending):
            assert len(page) <= size
            found += page
            after = THINGS.position_of(page[-1], index)
        assert names(found) == expected


def test_a_range_finds_what_is_due_in_order_over_all_accounts(database: AnyDatabase) -> None:
    """Records whose time is not set are left out; own writes count."""
    put(database, *ROWS, thing("other", account_id="b", due=0))
    unit = database.begin(inline=False)
    unit.insert(THINGS, thing("mine", due=2))
    bump(unit, "d")
    found = unit.range(THINGS, "by_due", until=2, limit=10)
    assert names(found) == ["other", "b", "d", "e", "mine", "é"]
    assert names(unit.range(THINGS, "by_due", until=2, after=THINGS.position_of(found[2], "by_due"), limit=2)) == ["e", "mine"]


def test_accounts_are_apart(database: AnyDatabase) -> None:
    """The same name in two accounts is two records."""
    put(database, thing("one", value=1), thing("one", account_id="b", value=2))
    unit = database.begin(inline=False)
    assert [record.value for record in unit.scan(THINGS, "b", limit=5)] == [2]
    assert unit.count(THINGS, "b") == 1
    assert unit.count(THINGS) == 2


@pytest.mark.parametrize("name", ["with\0nul", "\ud800", "x" * 5000, "'; DROP TABLE things; --", '"', "%s ? $1"])
def test_a_hostile_key_is_just_not_there(database: AnyDatabase, name: str) -> None:
    """What no engine can hold is absent, in reads by key, searches and counts; a commit that depends on its absence holds."""
    unit = database.begin(inline=False)
    assert unit.get(THINGS, "a", name) is None
    assert unit.scan(THINGS, "a", name, limit=5) == []
    assert unit.scan(THINGS, "a", after=("a", name), limit=5) == []
    assert unit.count(THINGS, "a", name) == 0
    unit.insert(THINGS, thing("one"))
    database.commit(unit).result()
    assert value_of(database, "one") == 0


@pytest.mark.parametrize("name", ["with\0nul", "\ud800"])
def test_a_record_whose_plain_columns_can_t_be_stored_is_refused_at_once(database: AnyDatabase, name: str) -> None:
    """The two engines refuse the same records."""
    unit = database.begin(inline=False)
    unit.insert(THINGS, thing(name))
    with pytest.raises(ValueError, match="can't be stored"):
        database.commit(unit)


def test_a_misfit_of_prefix_or_position_is_a_programming_error(database: AnyDatabase) -> None:
    """So is an index that does not exist."""
    unit = database.begin(inline=False)
    with pytest.raises(ValueError, match="2 columns, not 3"):
        unit.scan(THINGS, "a", "b", "c", limit=1)
    with pytest.raises(ValueError, match="4 columns, not 2"):
        unit.scan(THINGS, "a", index="by_alias", after=("a", "b"), limit=1)
    with pytest.raises(KeyError):
        unit.scan(THINGS, index="by_nothing", limit=1)


def test_records_survive_reopening(backend: Backend) -> None:
    """A second start finds what the first one left, in both tables."""
    database = backend.open()
    unit = database.begin(inline=False)
    unit.insert(THINGS, thing("one", value=4))
    unit.insert(OWNERS, Owner(account_id="a", count=1))
    database.commit(unit).result()
    backend.close()
    again = backend.open()
    assert value_of(again, "one") == 4
    assert again.begin(inline=False).get(OWNERS, "a") == Owner(account_id="a", count=1)
