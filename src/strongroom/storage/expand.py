"""Brings a database's schema up to what this server's tables declare. Only ever adds: older servers go on beside it.

Runs at start, in a transaction, under the writer lock.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from strongroom.storage.dialect import Dialect
from strongroom.storage.layouts import Layout, RowFormat
from strongroom.storage.ports import Sealer
from strongroom.storage.reader import Formats
from strongroom.storage.schema import add_column, create_index, create_table, ensure_declarable, statements
from strongroom.storage.session import Session
from strongroom.storage.system import META, META_PUT, system_tables
from strongroom.storage.table import Table

_LAYOUT = "layout"


def expand(session: Session, tables: Sequence[Table[Any]], dialect: Dialect) -> None:
    """Create what is missing: tables, columns, indexes, and the number of each table's present layout."""
    for statement in system_tables(dialect):
        session.rows(statement)
    known = read_layouts(session)
    for table in tables:
        ensure_declarable(table)
        session.rows(create_table(table, dialect))
        present = {name for (name,) in session.rows(dialect.columns_of, (table.name,))}
        for name in table.index_columns():
            if name not in present:
                session.rows(add_column(table, name, dialect))
        for index in table.indexes:
            session.rows(create_index(table, index, dialect))
        layouts = known.get(table.name, {})
        if layout_of(table) not in layouts.values():
            number = max(layouts, default=0) + 1
            session.write([(META_PUT, [(f"{_LAYOUT}:{table.name}:{number}", msgspec.json.encode(layout_of(table)).decode())])])


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


def row_formats(tables: Iterable[Table[Any]], known: dict[str, dict[int, Layout]], sealer: Sealer, dialect: Dialect) -> Formats:
    """Return how rows of each table are read and written, in an expanded database."""
    formats: dict[str, RowFormat] = {}
    for table in tables:
        layouts = known[table.name]
        current = next(number for number, layout in layouts.items() if layout == layout_of(table))
        older = tuple(dict.fromkeys(name for layout in layouts.values() for name in layout.columns))
        formats[table.name] = RowFormat(table, statements(table, older, dialect), layouts, current, sealer)
    return formats
