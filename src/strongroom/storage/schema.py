"""SQL made from table declarations, once at start: the schema, and the statements that both engines run."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from strongroom.storage.dialect import Dialect
from strongroom.storage.table import Index, Table

REVISION, LAYOUT, SEALED = "revision", "layout", "sealed"
RESERVED_COLUMNS = frozenset((REVISION, LAYOUT, SEALED))
SYSTEM_PREFIX = "system_"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


def quoted(names: tuple[str, ...]) -> str:
    """Return column names as SQL, separated by commas."""
    return ", ".join(f'"{name}"' for name in names)


def marks(count: int) -> str:
    """Return `count` parameter marks."""
    return ", ".join("?" * count)


def ensure_declarable(table: Table[Any]) -> None:
    """Return if the names of `table` can be used in SQL as they are. Raises ValueError otherwise."""
    columns = (*table.key, *table.index_columns())
    if table.name.startswith(SYSTEM_PREFIX) or not all(_NAME.fullmatch(name) for name in (table.name, *columns)):
        raise ValueError(f"{table.name}: names of tables and columns are lower case, and {SYSTEM_PREFIX} is the storage room's own")
    if reserved := RESERVED_COLUMNS.intersection(columns):
        raise ValueError(f"{table.name}: the column name {', '.join(sorted(reserved))} is the storage room's own")


def _is_integer(kind: msgspec.inspect.Type) -> bool:
    if isinstance(kind, msgspec.inspect.UnionType):
        return any(map(_is_integer, kind.types))
    return isinstance(kind, msgspec.inspect.IntType)


def column_types(table: Table[Any], dialect: Dialect) -> dict[str, str]:
    """Return the SQL type of every plain column, from the record's annotations: int is an integer, everything else text."""
    kinds = msgspec.inspect.type_info(table.record)
    assert isinstance(kinds, msgspec.inspect.StructType)  # noqa: S101 - `table` accepts nothing else
    fields = {field.name: field.type for field in kinds.fields}
    return {name: dialect.integer if _is_integer(fields[name]) else dialect.text for name in (*table.key, *table.index_columns())}


def create_table(table: Table[Any], dialect: Dialect) -> str:
    """Return the statement that creates `table` as it is declared now."""
    types = column_types(table, dialect)
    columns = [f'"{name}" {types[name]}{" NOT NULL" if name in table.key else ""}' for name in (*table.key, *table.index_columns())]
    columns += [f"{REVISION} {dialect.integer} NOT NULL", f"{LAYOUT} {dialect.integer} NOT NULL", f"{SEALED} {dialect.blob} NOT NULL"]
    return f'CREATE TABLE IF NOT EXISTS "{table.name}" ({", ".join(columns)}, PRIMARY KEY ({quoted(table.key)})){dialect.table_suffix}'


def add_column(table: Table[Any], name: str, dialect: Dialect) -> str:
    """Return the statement that adds a column that an older server did not have; its rows hold NULL until they are re-sealed."""
    return f'ALTER TABLE "{table.name}" ADD COLUMN "{name}" {column_types(table, dialect)[name]}'


def ordering(table: Table[Any], index: str | None) -> tuple[str, ...]:
    """Return the columns of an ordering, each once: those of the index, then the key."""
    return tuple(dict.fromkeys((*table.index(index).columns, *table.key))) if index else table.key


def index_name(table: Table[Any], index: str) -> str:
    """Return the name that an index has in the database. It follows from its columns, so a changed index is a new one."""
    digest = hashlib.sha256(",".join(ordering(table, index)).encode()).hexdigest()[:10]
    return f"{table.name[:40]}_{digest}"


def create_index(table: Table[Any], index: Index, dialect: Dialect) -> str:
    """Return the statement for one index."""
    listed = ", ".join(f'"{name}"{"" if name in table.key else dialect.nulls_first}' for name in ordering(table, index.name))
    name = index_name(table, index.name)
    return f'CREATE INDEX IF NOT EXISTS "{name}" ON "{table.name}" ({listed}) WHERE "{index.columns[0]}" IS NOT NULL'


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements of one table whose text does not depend on a call.

    Attributes:
        columns: every plain column that rows are read with: the key, the index columns, then columns of older layouts.
        select: starts a query; rows have `columns`, then revision, layout and sealed.
        puts: layout number -> what takes the values of key and that layout's columns, then revision, layout and sealed.
        revisions_of: takes one array for each key column (PostgreSQL).
    """

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    select: str
    select_one: str
    revision_of: str
    revisions_of: str
    puts: Mapping[int, str]
    remove: str


def _put(table: Table[Any], filled: tuple[str, ...], emptied: Iterable[str]) -> str:
    """Return the statement that writes a row whose index columns are `filled`; what another layout had put into the rest goes."""
    stored = (*table.key, *filled, REVISION, LAYOUT, SEALED)
    changes = [f'"{name}" = excluded."{name}"' for name in stored if name not in table.key]
    changes += [f'"{name}" = NULL' for name in emptied if name not in stored]
    return (
        f'INSERT INTO "{table.name}" ({quoted(stored)}) VALUES ({marks(len(stored))}) '  # noqa: S608 - names are declared in code and checked
        f"ON CONFLICT ({quoted(table.key)}) DO UPDATE SET {', '.join(changes)}"
    )


def statements(table: Table[Any], layouts: Mapping[int, tuple[str, ...]], dialect: Dialect) -> Statements:
    """Return the statements of `table`, which has had `layouts` (number -> index columns), its own among them."""
    plain = (*table.key, *table.index_columns())
    found_by = " AND ".join(f'"{name}" = ?' for name in table.key)
    columns = tuple(dict.fromkeys((*plain, *(name for each in layouts.values() for name in each))))
    select = f'SELECT {quoted((*columns, REVISION, LAYOUT, SEALED))} FROM "{table.name}"'  # noqa: S608 - names are declared in code and checked
    kinds = {dialect.integer: "bigint[]", dialect.text: "text[]"}
    types = column_types(table, dialect)
    arrays = ", ".join(f"CAST(? AS {kinds[types[name]]})" for name in table.key)
    joined = " AND ".join(f'stored."{name}" = wanted."{name}"' for name in table.key)
    listed = ", ".join(f'stored."{name}"' for name in table.key)
    return Statements(
        table=table.name,
        key=table.key,
        columns=columns,
        select=select,
        select_one=f"{select} WHERE {found_by}",
        revision_of=f'SELECT {REVISION} FROM "{table.name}" WHERE {found_by}',  # noqa: S608 - as above
        revisions_of=f"SELECT {listed}, stored.{REVISION} FROM unnest({arrays}) AS wanted({quoted(table.key)}) "  # noqa: S608 - as above
        f'JOIN "{table.name}" AS stored ON {joined}',
        puts={number: _put(table, filled, columns) for number, filled in layouts.items()},
        remove=f'DELETE FROM "{table.name}" WHERE {found_by}',  # noqa: S608 - as above
    )
