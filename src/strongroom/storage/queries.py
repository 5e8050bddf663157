"""Ordered searches as SQL: a prefix that must be equal, a position to continue after, a limit."""

from dataclasses import dataclass
from typing import Any

from strongroom.storage.dialect import Dialect
from strongroom.storage.entry import all_storable
from strongroom.storage.schema import LAYOUT, index_name, ordering
from strongroom.storage.table import Column, Key, Table


@dataclass(frozen=True, slots=True)
class Query:
    """One search of a table.

    Attributes:
        columns: the ordering: those of the index, each once, then the key.
        prefix: values that the leading columns must equal.
        until: an upper bound of the first column, for searches by time.
        after: values of `columns`; only records beyond them are found.
    """

    columns: tuple[str, ...]
    prefix: tuple[Column, ...]
    after: Key | None
    limit: int
    descending: bool = False
    until: int | None = None
    index: str | None = None

    def matches(self, values: Key) -> bool:
        """Return whether a record with these values of `columns` would be found."""
        if values[: len(self.prefix)] != self.prefix or (self.index is not None and values[0] is None):
            return False
        if self.until is not None and not (isinstance(values[0], int) and values[0] <= self.until):
            return False
        if self.after is None:
            return True
        here, start = sort_key(values), sort_key(self.after)
        return here < start if self.descending else here > start

    def is_empty(self) -> bool:
        """Return whether nothing can be found, because a value can't be stored."""
        return not all_storable(self.prefix) or (self.after is not None and not all_storable(self.after))


def make_query(
    table: Table[Any],
    prefix: tuple[Column, ...],
    index: str | None,
    after: Key | None,
    limit: int,
    *,
    descending: bool = False,
    until: int | None = None,
) -> Query:
    """Return the query. `after` is a Table.position_of, in which a column can stand twice; here each stands once.

    Raises ValueError if `prefix` or `after` do not fit the ordering. Positions come back from clients sealed, so that is a mistake of ours.
    """
    columns = ordering(table, index)
    if len(prefix) > len(columns):
        raise ValueError(f"{table.name}: this ordering has {len(columns)} columns, not {len(prefix)}")
    position = None
    if after is not None:
        names = (*table.index(index).columns, *table.key) if index else table.key
        if len(after) != len(names):
            raise ValueError(f"{table.name}: a position in this ordering has {len(names)} columns, not {len(after)}")
        position = tuple(dict(zip(reversed(names), reversed(after), strict=True))[name] for name in columns)
    return Query(columns, prefix, position, limit, descending, until, index)


def sort_key(values: Key) -> tuple[tuple[bool, Any], ...]:
    """Return what orders rows as the engines do: None first, text by its code points."""
    return tuple((value is not None, value) for value in values)


def search_sql(table: Table[Any], select: str, query: Query, dialect: Dialect, layout: int | None = None) -> tuple[str, list[Any]] | None:
    """Return the statement and its arguments, or None if nothing can match. With `layout`, only rows of that one are found."""
    equal = zip(query.columns, query.prefix, strict=False)
    conditions = [f'"{name}" {"IS NULL" if value is None else "= ?"}' for name, value in equal]
    arguments: list[Any] = [value for value in query.prefix if value is not None]
    if query.index is not None:
        conditions.append(f'"{query.columns[0]}" IS NOT NULL')
    if query.until is not None:
        conditions.append(f'"{query.columns[0]}" <= ?')
        arguments.append(query.until)
    if layout is not None:
        conditions.append(f"{LAYOUT} = ?")
        arguments.append(layout)
    fixed = len(query.prefix)
    if query.after is not None:
        start, wanted = sort_key(query.after[:fixed]), sort_key(query.prefix)
        if wanted < start if not query.descending else wanted > start:
            return None
        if wanted == start:
            condition, values = _beyond(table, query.columns[fixed:], query.after[fixed:], descending=query.descending)
            conditions.append(condition)
            arguments += values
    order = ", ".join(_ordered(table, name, dialect, descending=query.descending) for name in query.columns[fixed:])
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    used = dialect.use_index.format(index_name(table, query.index)) if query.index is not None else ""
    return f"{select}{used}{where}{f' ORDER BY {order}' if order else ''} LIMIT ?", [*arguments, query.limit]


def _ordered(table: Table[Any], name: str, dialect: Dialect, *, descending: bool) -> str:
    nulls = "" if name in table.key else dialect.nulls_last if descending else dialect.nulls_first
    return f'"{name}"{" DESC" if descending else ""}{nulls}'


def _beyond(table: Table[Any], columns: tuple[str, ...], values: Key, *, descending: bool) -> tuple[str, list[Any]]:
    """Return the condition that a row stands beyond `values`, NULL being the smallest of all."""
    if not columns:
        return "1 = 0", []
    never_null = set(columns) <= set(table.key)
    if None not in values and (never_null or not descending):
        # A row value that holds NULL compares as unknown, so it is left out: right in ascending order, where it comes first.
        names = ", ".join(f'"{name}"' for name in columns)
        return f"({names}) {'<' if descending else '>'} ({', '.join('?' * len(columns))})", list(values)
    steps: list[str] = []
    arguments: list[Any] = []
    for place, (name, value) in enumerate(zip(columns, values, strict=True)):
        step, used = _strictly_beyond(name, value, descending=descending)
        steps.append(" AND ".join([f'"{earlier}" IS NOT DISTINCT FROM ?' for earlier in columns[:place]] + [step]))
        arguments += [*values[:place], *used]
    return f"({' OR '.join(f'({step})' for step in steps)})", arguments


def _strictly_beyond(name: str, value: Column, *, descending: bool) -> tuple[str, list[Any]]:
    if value is None:
        return ("1 = 0", []) if descending else (f'"{name}" IS NOT NULL', [])
    return (f'("{name}" < ? OR "{name}" IS NULL)', [value]) if descending else (f'"{name}" > ?', [value])
