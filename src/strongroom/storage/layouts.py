"""How rows of one table are laid out, now and in older versions, and how they are sealed and opened.

A layout is a schema version together with the list of index columns that a row was sealed with. Each row holds its
layout's number, so rows of an older one still open after a column was added, until they are re-sealed.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import msgspec

from strongroom.core.errors import OperatorError
from strongroom.storage.codec import decode_record, encode_record
from strongroom.storage.entry import ENTRY_OVERHEAD, Entry, all_storable
from strongroom.storage.ports import Sealer
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
    """Turns records of one table into rows and back. `width`: how many plain columns a row of the current layout is sealed with."""

    table: Table[Any]
    statements: Statements
    layouts: dict[int, Layout]
    current: int
    sealer: Sealer
    width: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", len(self.table.key) + len(self.layouts[self.current].columns))

    def row_of(self, record: msgspec.Struct, revision: int) -> Row:
        """Return the values that `Statements.put` takes. Raises ValueError if a plain column can't be stored."""
        table = self.table
        plain = plain_key(tuple(getattr(record, name) for name in (*table.key, *table.index_columns())))
        if not all_storable(plain) or None in plain[: len(table.key)]:
            raise ValueError(f"a plain column of a {table.name} record can't be stored")
        return (*plain, revision, self.current, self.sealer.seal(table.name, plain, revision, table.version, encode_record(record)))

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
        """Return whether a row is in the newest layout and under the newest key."""
        return bool(row[-2] == self.current and self.sealer.is_current(bytes(row[-1])))

    def _older_plain(self, row: Row) -> tuple[Column, ...]:
        key, layout = row[: len(self.table.key)], row[-2]
        if layout not in self.layouts:
            raise RecordIsNewer(self.table.name, key)
        named = dict(zip(self.statements.columns, row, strict=False))
        return (*key, *(named[name] for name in self.layouts[layout].columns))
