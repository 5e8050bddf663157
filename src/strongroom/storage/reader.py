"""Reads of committed records, through the cache. Both engines give it a way to run one statement."""

from collections.abc import Callable, Mapping
from typing import Any

from strongroom.core.control import MustBlock
from strongroom.storage.cache import Cache
from strongroom.storage.dialect import Dialect
from strongroom.storage.entry import ABSENT, Entry, all_storable
from strongroom.storage.layouts import RowFormat, plain_key
from strongroom.storage.queries import Query, make_query, search_sql, sort_key
from strongroom.storage.session import Arguments, Row
from strongroom.storage.table import Column, Key, Table

Formats = Mapping[str, RowFormat]
RunStatement = Callable[[str, Arguments], list[Row]]
LOOKED_AT = 1_000  # rows read at a time where all of a table have to be


class Reader:
    """Reads on behalf of units of work, either blocking or inline.

    Args:
        run: runs one statement in autocommit; for inline reads it may raise MustBlock.
        inline_rows: how many rows one inline search may return, else it raises MustBlock; None for blocking reads.
    """

    def __init__(self, formats: Formats, cache: Cache, dialect: Dialect, run: RunStatement, inline_rows: int | None) -> None:
        self._formats = formats
        self._cache = cache
        self._dialect = dialect
        self._run = run
        self._inline_rows = inline_rows

    def load(self, table: Table[Any], key: Key) -> Entry:
        """Return what is committed at `key`, from the database, and leave it in the cache."""
        if not all_storable(key):
            return ABSENT
        since = self._cache.moment
        form = self._formats[table.name]
        rows = self._run(form.statements.select_one, plain_key(key))
        entry = form.entry_of(rows[0]) if rows else ABSENT
        self._cache.fill((table.name, key), entry, since)
        return entry

    def search(self, table: Table[Any], query: Query) -> list[Entry]:
        """Return the committed records that `query` finds, in its order."""
        self._ensure_inline(query.limit)
        form = self._formats[table.name]
        if form.searches_added(query.columns):
            return self._merged(table, form, query)
        since = self._cache.moment
        return [self._known(form, row, since) for row in self._rows(table, form, query)]

    def keys(self, table: Table[Any], query: Query) -> list[Key]:
        """Return the keys of the committed records that `query` finds, in its order.

        Each row is authenticated, so nobody who can write to the database can make up a key; but no record is
        decoded or kept, which is most of the cost of a long page.
        """
        self._ensure_inline(query.limit)
        form, width, cached = self._formats[table.name], len(table.key), self._cache.get
        found: list[Key] = []
        for row in self._rows(table, form, query):
            key = row[:width]
            entry = cached((table.name, key))
            if entry is None or entry.revision != row[-3]:
                form.authenticate(row)
            found.append(key)
        return found

    def count(self, table: Table[Any], prefix: tuple[Column, ...]) -> int:
        """Return how many committed records have these leading key columns."""
        self._ensure_inline(None)
        if not all_storable(prefix):
            return 0
        where = " AND ".join(f'"{name}" = ?' for name in table.key[: len(prefix)])
        sql = f'SELECT count(*) FROM "{table.name}"{f" WHERE {where}" if prefix else ""}'  # noqa: S608 - names are declared in code
        return int(self._run(sql, plain_key(prefix))[0][0])

    def ensure_may_block(self) -> None:
        """Raise MustBlock in an inline run."""
        if self._inline_rows is not None:
            raise MustBlock

    def _ensure_inline(self, rows: int | None) -> None:
        if self._inline_rows is not None and (rows is None or rows > self._inline_rows):
            raise MustBlock

    def _merged(self, table: Table[Any], form: RowFormat, query: Query) -> list[Entry]:
        """Search while rows of older layouts lack a column: those that have it by the index, and all others one by one.

        Slow on a large table, and right. Upgrades last minutes.
        """
        self.ensure_may_block()

        def values(entry: Entry) -> Key:
            return tuple(getattr(entry.record, name) for name in query.columns)

        since = self._cache.moment
        best = [self._known(form, row, since) for row in self._rows(table, form, query, form.current)]
        after: Key | None = None
        while True:
            rows = self._rows(table, form, make_query(table, (), None, after, LOOKED_AT))
            older = (self._known(form, row, since) for row in rows if row[-2] != form.current)
            best += [entry for entry in older if query.matches(plain_key(values(entry)))]
            best = sorted(best, key=lambda entry: sort_key(plain_key(values(entry))), reverse=query.descending)[: query.limit]
            if len(rows) < LOOKED_AT:
                return best
            after = rows[-1][: len(table.key)]

    def _rows(self, table: Table[Any], form: RowFormat, query: Query, layout: int | None = None) -> list[Row]:
        found = None if query.is_empty() else search_sql(table, form.statements.select, query, self._dialect, layout)
        if found is None:
            return []
        sql, arguments = found
        return self._run(sql, plain_key(tuple(arguments)))

    def _known(self, form: RowFormat, row: Row, since: int) -> Entry:
        """Return the cached entry of the row's own revision, or open the row: opening costs more than finding it."""
        place = (form.table.name, row[: len(form.table.key)])
        entry = self._cache.get(place)
        if entry is None or entry.revision != row[-3]:
            entry = form.entry_of(row)
            self._cache.fill(place, entry, since)
        return entry
