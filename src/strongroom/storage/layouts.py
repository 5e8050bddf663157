"""How rows of one table are laid out, now and in older versions, and how they are sealed and opened.

A layout is a schema version together with the list of index columns that a row was sealed with. Each row holds its
layout's number, so rows of an older one still open after a column was added, until they are re-sealed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import msgspec

from strongroom.core.errors import OperatorError
from strongroom.storage.codec import decode_record, encode_fields, encode_record, older_fields
from strongroom.storage.entry import ENTRY_OVERHEAD, Entry, all_storable
from strongroom.storage.ports import Sealer
from strongroom.storage.rollout import Rollout
from strongroom.storage.schema import Statements
from strongroom.storage.session import Row
from strongroom.storage.table import Column, Key, Table

_PLAIN = frozenset((str, int, type(None)))


class RecordIsNewer(OperatorError):
    """A newer server wrote this row. This one neither reads nor rewrites it; the operator upgrades this node."""

    def __init__(self, table: str, key: Key) -> None:
        super().__init__(f"row {'/'.join(map(str, key))} of table {table} was written by a newer server; upgrade this one")


class Layout(msgspec.Struct, frozen=True):
    """A schema version and the index columns that are authenticated with a row of it, in order."""

    version: int
    columns: tuple[str, ...]


def plain_key(key: Key) -> Key:
    """Return `key` with members of enumerations replaced by their values, as drivers need them."""
    if _PLAIN.issuperset(map(type, key)):
        return key
    return tuple(value.value if isinstance(value, Enum) else value for value in key)


@dataclass(frozen=True, slots=True)
class RowFormat:
    """Turns records of one table into rows and back.

    Attributes:
        current: the number of the layout that the table's declaration has.
        width: how many plain columns a row of it is sealed with.
        added: index columns that some older layout lacks.
    """

    table: Table[Any]
    statements: Statements
    layouts: dict[int, Layout]
    rollout: Rollout
    sealer: Sealer
    current: int = field(init=False)
    width: int = field(init=False)
    added: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        current = self.rollout.current[self.table.name]
        columns = self.layouts[current].columns
        object.__setattr__(self, "current", current)
        object.__setattr__(self, "width", len(self.table.key) + len(columns))
        older = [layout.columns for number, layout in self.layouts.items() if number < current]
        object.__setattr__(self, "added", frozenset(name for name in columns if any(name not in each for each in older)))

    def ensure_writable(self, layout: int) -> None:
        """Return if this server can write rows of `layout`. Raises OperatorError if it can't for want of a downgrade."""
        steps = range(self.layouts[layout].version, self.table.version)
        if not all(step in self.table.downgrades for step in steps):
            raise OperatorError(
                f"servers of an older version still use this database, and table {self.table.name} changes: stop them first"
            )

    def row_of(self, record: msgspec.Struct, revision: int) -> Row:
        """Return the values that `Statements.puts` takes for the layout that is written now, which stands last but one.

        Raises ValueError if a plain column can't be stored.
        """
        number = self.rollout.written[self.table.name]
        if number != self.current:
            return self._older_row_of(record, revision, number)
        table = self.table
        plain = self._storable(tuple(getattr(record, name) for name in (*table.key, *table.index_columns())))
        return (*plain, revision, number, self.sealer.seal(table.name, plain, revision, table.version, encode_record(record)))

    def searches_added(self, columns: Sequence[str]) -> bool:
        """Return whether a search by these columns would miss rows of older layouts that may still be there."""
        return bool(self.added) and not self.added.isdisjoint(columns) and self.table.name not in self.rollout.settled

    def entry_of(self, row: Row) -> Entry:
        """Open a row read with `Statements.columns`. Raises RecordDoesNotOpen or RecordIsNewer."""
        version, data = self.authenticate(row)
        try:
            record = decode_record(self.table, version, data)
        except ValueError as error:
            raise RecordIsNewer(self.table.name, row[: len(self.table.key)]) from error
        return Entry(record, row[-3], ENTRY_OVERHEAD + 2 * len(data))

    def authenticate(self, row: Row) -> tuple[int, bytes]:
        """Return (schema version, encoded record) of such a row, whose plain columns are then known to be those it was sealed with.

        Raises RecordDoesNotOpen, or RecordIsNewer for a layout that this server does not know.
        """
        plain = row[: self.width] if row[-2] == self.current else self._older_plain(row)
        return self.sealer.open(self.table.name, plain, row[-3], bytes(row[-1]))

    def is_current(self, row: Row) -> bool:
        """Return whether a row is in the layout that is written now and under the newest key."""
        return bool(row[-2] == self.rollout.written[self.table.name] and self.sealer.is_current(bytes(row[-1])))

    def _older_row_of(self, record: msgspec.Struct, revision: int, number: int) -> Row:
        table, layout = self.table, self.layouts[number]
        fields = older_fields(table, layout.version, record)
        plain = self._storable(tuple(fields.get(name) for name in (*table.key, *layout.columns)))
        return (*plain, revision, number, self.sealer.seal(table.name, plain, revision, layout.version, encode_fields(fields)))

    def _storable(self, values: Key) -> Key:
        plain = plain_key(values)
        if not all_storable(plain) or None in plain[: len(self.table.key)]:
            raise ValueError(f"a plain column of a {self.table.name} record can't be stored")
        return plain

    def _older_plain(self, row: Row) -> tuple[Column, ...]:
        key, layout = row[: len(self.table.key)], row[-2]
        if layout not in self.layouts:
            raise RecordIsNewer(self.table.name, key)
        named = dict(zip(self.statements.columns, row, strict=False))
        return (*key, *(named[name] for name in self.layouts[layout].columns))
