"""SQL from declarations: what can be declared, and what is refused before it reaches a database."""

import msgspec
import pytest

from strongroom.storage.dialect import POSTGRESQL, SQLITE
from strongroom.storage.queries import make_query
from strongroom.storage.schema import create_index, create_table, ensure_declarable
from strongroom.storage.table import Index, table


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A record with columns of every type."""

    account_id: str
    number: int
    due: int | None = None
    revision: int = 0
    Upper: str = ""


def test_columns_take_their_types_from_the_record() -> None:
    """Whole numbers are integers, everything else is text ordered by its bytes; only keys are never NULL."""
    declared = table("t", Record, key=("account_id", "number"), indexes=(Index("by_due", ("due",)),))
    assert create_table(declared, SQLITE) == (
        'CREATE TABLE IF NOT EXISTS "t" ("account_id" TEXT NOT NULL, "number" INTEGER NOT NULL, "due" INTEGER, '
        'revision INTEGER NOT NULL, layout INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY ("account_id", "number")) '
        "STRICT, WITHOUT ROWID"
    )
    assert '"account_id" TEXT COLLATE "C" NOT NULL, "number" BIGINT NOT NULL, "due" BIGINT' in create_table(declared, POSTGRESQL)


def test_an_index_is_named_after_its_columns_and_ends_with_the_key() -> None:
    """So a changed index is another one, and its order is total."""
    declared = table("t", Record, key=("account_id", "number"), indexes=(Index("a", ("due",)), Index("b", ("due", "account_id"))))
    first, second = (create_index(declared, index, POSTGRESQL) for index in declared.indexes)
    assert '("due" NULLS FIRST, "account_id", "number") WHERE "due" IS NOT NULL' in first
    assert first == second


@pytest.mark.parametrize(("name", "key"), [("system_x", ("account_id",)), ("T", ("account_id",)), ("t", ("revision",)), ("t", ("Upper",))])
def test_names_that_sql_would_trip_over_are_refused(name: str, key: tuple[str, ...]) -> None:
    """At start, not at the first write."""
    with pytest.raises(ValueError, match="storage room's own"):
        ensure_declarable(table(name, Record, key=key))


def test_a_position_names_each_column_once() -> None:
    """A key column inside an index stands twice in a position, and once in the ordering."""
    declared = table("t", Record, key=("account_id", "number"), indexes=(Index("b", ("due", "account_id")),))
    query = make_query(declared, (), "b", (5, "a", "a", 7), 10)
    assert (query.columns, query.after) == (("due", "account_id", "number"), (5, "a", 7))
