"""Brings a database's schema up to what this server's tables declare. Only ever adds: older servers go on beside it.

Runs at start, in transactions under the writer lock. What only older servers used is removed once there are none: see rollout.py.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from strongroom.storage.dialect import Dialect
from strongroom.storage.layouts import Layout, RowFormat
from strongroom.storage.ports import Sealer
from strongroom.storage.reader import Formats
from strongroom.storage.rollout import Rollout
from strongroom.storage.schema import add_column, create_index, create_table, ensure_declarable, index_name, statements
from strongroom.storage.session import Session
from strongroom.storage.system import META, META_PUT, system_tables
from strongroom.storage.table import Table

_LAYOUT = "layout"


def add_tables(session: Session, tables: Sequence[Table[Any]], dialect: Dialect) -> None:
    """Create the tables and columns that are missing. Readers wait for this transaction, so it does nothing that takes long."""
    for statement in system_tables(dialect):
        session.rows(statement)
    for table in tables:
        ensure_declarable(table)
        session.rows(create_table(table, dialect))
        present = {name for (name,) in session.rows(dialect.columns_of, (table.name,))}
        for name in table.index_columns():
            if name not in present:
                session.rows(add_column(table, name, dialect))


def add_layouts(session: Session, tables: Sequence[Table[Any]], dialect: Dialect) -> None:
    """Create the indexes that are missing, which only writers wait for, and number each table's present layout."""
    known = read_layouts(session)
    for table in tables:
        for index in table.indexes:
            session.rows(create_index(table, index, dialect))
        layouts = known.get(table.name, {})
        if layout_of(table) not in layouts.values():
            number = max(layouts, default=0) + 1
            session.write([(META_PUT, [(f"{_LAYOUT}:{table.name}:{number}", msgspec.json.encode(layout_of(table)).decode())])])


def drop_indexes(session: Session, table: Table[Any], dialect: Dialect) -> None:
    """Remove the indexes of a settled table that only older servers used."""
    wanted = {index_name(table, index.name) for index in table.indexes}
    for (name,) in session.rows(dialect.indexes_of, (table.name,)):
        if name not in wanted:
            session.rows(f'DROP INDEX IF EXISTS "{name}"')


def layout_of(table: Table[Any]) -> Layout:
    """Return the layout in which this server writes rows of `table`."""
    return Layout(table.version, table.index_columns())


def read_layouts(session: Session) -> dict[str, dict[int, Layout]]:
    """Return table name -> layout number -> layout, as the database knows them."""
    found: dict[str, dict[int, Layout]] = {}
    for name, value in session.rows(META):
        kind, _, rest = name.partition(":")
        if kind == _LAYOUT:
            table, _, number = rest.rpartition(":")
            found.setdefault(table, {})[int(number)] = msgspec.json.decode(value, type=Layout)
    return found


def current_layouts(tables: Iterable[Table[Any]], known: dict[str, dict[int, Layout]]) -> dict[str, int]:
    """Return the number of the layout that each table's declaration has. Of several it is the newest."""
    return {table.name: max(number for number, layout in known[table.name].items() if layout == layout_of(table)) for table in tables}


def row_formats(
    tables: Iterable[Table[Any]], known: dict[str, dict[int, Layout]], rollout: Rollout, sealer: Sealer, dialect: Dialect
) -> Formats:
    """Return how rows of each table are read and written, in an expanded database.

    Raises OperatorError if older servers are alive that could not read what this one writes.
    """
    formats: dict[str, RowFormat] = {}
    for table in tables:
        layouts = known[table.name]
        sql = statements(table, {number: layout.columns for number, layout in layouts.items()}, dialect)
        form = formats[table.name] = RowFormat(table, sql, layouts, rollout, sealer)
        form.ensure_writable(rollout.written[table.name])
    return formats
