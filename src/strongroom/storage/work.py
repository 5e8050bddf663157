"""The unit of work of both engines: what was read with its revisions, and writes that wait for the commit."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar, cast

import msgspec

from strongroom.storage.cache import Cache
from strongroom.storage.entry import Entry, Place
from strongroom.storage.ports import JournalEntry
from strongroom.storage.queries import Query, make_query, sort_key
from strongroom.storage.reader import Reader
from strongroom.storage.table import Column, Key, Table

R = TypeVar("R", bound=msgspec.Struct)
Begin = Callable[[], tuple[Reader, Cache | None]]


class Savepoint:
    """Takes a unit's writes back if the block raises. A class, because nearly every nested call enters one."""

    __slots__ = ("_kept", "_work")

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._kept: dict[Place, msgspec.Struct | None] = {}

    def __enter__(self) -> None:
        self._kept = self._work.writes.copy()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is not None:
            self._work.writes = self._kept


class Work:
    """Implements ports.UnitOfWork. Used by one thread at a time.

    A record is read once: later reads in the same unit give the same answer. Records that a search returned count as
    read, so the commit checks them too; records that it would have returned had they existed are not checked.
    """

    __slots__ = ("_begin", "_cache", "_reader", "fences", "journal", "reads", "writes")

    def __init__(self, reader: Reader, cache: Cache | None, begin: Begin) -> None:
        """Take the reader, the cache (None while it is not to be trusted), and what `reset` asks for a current pair of them."""
        self._reader = reader
        self._cache = cache
        self._begin = begin
        self.reads: dict[Place, Entry] = {}
        self.writes: dict[Place, msgspec.Struct | None] = {}
        self.journal: tuple[JournalEntry, ...] = ()
        self.fences: dict[str, int] = {}

    def get(self, table: Table[R], *key: Column) -> R | None:
        """See ports.Store."""
        place = (table.name, key)
        if self.writes and place in self.writes:
            return self.writes[place]  # type: ignore[return-value]
        entry = self.reads.get(place)
        if entry is None:
            cache = self._cache
            entry = (cache.get(place) if cache is not None else None) or self._reader.load(table, key)
            self.reads[place] = entry
        return entry[0]  # type: ignore[return-value]  # a cast would be a call on the hottest line of all

    def scan(
        self,
        table: Table[R],
        *prefix: Column,
        index: str | None = None,
        after: Key | None = None,
        limit: int,
        descending: bool = False,
    ) -> list[R]:
        """See ports.Store."""
        return self._search(table, make_query(table, prefix, index, after, limit, descending=descending))

    def scan_keys(self, table: Table[R], *prefix: Column, after: Key | None = None, limit: int) -> list[Key]:
        """See ports.Store."""
        if any(name == table.name for name, _ in self.writes):
            return [table.key_of(record) for record in self.scan(table, *prefix, after=after, limit=limit)]
        return self._reader.keys(table, make_query(table, prefix, None, after, limit))

    def range(self, table: Table[R], index: str, *, until: int, after: Key | None = None, limit: int) -> list[R]:
        """See ports.Store."""
        return self._search(table, make_query(table, (), index, after, limit, until=until))

    def count(self, table: Table[R], *prefix: Column) -> int:
        """See ports.Store."""
        counted = self._reader.count(table, prefix)
        for (name, key), record in self.writes.items():
            if name == table.name and key[: len(prefix)] == prefix:
                counted += (record is not None) - self._is_committed((name, key))
        return counted

    def insert(self, table: Table[R], record: R) -> None:
        """See ports.Store. Raises LookupError if this unit itself has seen that the key exists."""
        place = (table.name, table.key_of(record))
        if self._exists(place):
            raise LookupError(f"{table.name}: a record with this key exists")
        self.writes[place] = record

    def replace(self, table: Table[R], record: R) -> None:
        """See ports.Store."""
        place = (table.name, table.key_of(record))
        self._ensure_known(place)
        self.writes[place] = record

    def delete(self, table: Table[R], *key: Column) -> None:
        """See ports.Store."""
        self._ensure_known((table.name, key))
        self.writes[table.name, key] = None

    def savepoint(self) -> "Savepoint":
        """See ports.Store."""
        return Savepoint(self)

    def ensure_may_block(self) -> None:
        """See ports.Store."""
        self._reader.ensure_may_block()

    def has_writes(self) -> bool:
        """See ports.UnitOfWork."""
        return bool(self.writes)

    def attach(self, entries: Sequence[JournalEntry]) -> None:
        """See ports.UnitOfWork."""
        self.journal = tuple(entries)

    def fence(self, lease: str, token: int) -> None:
        """See ports.UnitOfWork."""
        self.fences[lease] = token

    def reset(self) -> None:
        """See ports.UnitOfWork. Fences stay, since they belong to whoever runs the unit."""
        self._reader, self._cache = self._begin()
        self.reads, self.writes, self.journal = {}, {}, ()

    def _search(self, table: Table[R], query: Query) -> list[R]:
        own = {key: record for (name, key), record in self.writes.items() if name == table.name}
        wider = query if not own else replace(query, limit=query.limit + len(own))
        found: list[R] = []
        for entry in self._reader.search(table, wider):
            place = (table.name, table.key_of(cast("R", entry.record)))
            if place[1] not in own:
                self.reads.setdefault(place, entry)
                found.append(cast("R", entry.record))
        if own:
            found = self._overlaid(query, found, [cast("R", record) for record in own.values() if record is not None])
        return found[: query.limit]

    def _overlaid(self, query: Query, found: list[R], own: list[R]) -> list[R]:
        def values(record: R) -> Key:
            return tuple(getattr(record, name) for name in query.columns)

        found += [record for record in own if query.matches(values(record))]
        return sorted(found, key=lambda record: sort_key(values(record)), reverse=query.descending)

    def _is_committed(self, place: Place) -> bool:
        entry = self.reads.get(place)
        return entry is not None and entry.record is not None

    def _exists(self, place: Place) -> bool:
        return self.writes[place] is not None if place in self.writes else self._is_committed(place)

    def _ensure_known(self, place: Place) -> None:
        if not self._exists(place):
            raise LookupError(f"{place[0]}: a record is changed only after it was read in the same unit of work")
