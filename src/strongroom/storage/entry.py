"""The words that the cache, the unit of work and the engines share about one record."""

from typing import Any, NamedTuple

import msgspec

from strongroom.storage.table import Column, Key

MAX_INTEGER = 2**63 - 1
# Python objects around a cached record, measured roughly; the cache counts these and the record's bytes.
ENTRY_OVERHEAD = 600


# Where a record is: its table's name and its key. A plain tuple: one is made for every read.
Place = tuple[str, Key]


class Entry(NamedTuple):
    """A record as it is committed, or its absence (record None, revision 0). `size` is an estimate in bytes, for the cache."""

    record: msgspec.Struct | None
    revision: int
    size: int


ABSENT = Entry(None, 0, ENTRY_OVERHEAD)


def is_storable(value: Any) -> bool:
    """Return whether both engines can hold `value` in a plain column: no NUL, no lone surrogate, 64-bit integers."""
    if isinstance(value, str):
        return "\0" not in value and (value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value))
    return value is None or (isinstance(value, int) and abs(value) <= MAX_INTEGER)


def all_storable(values: tuple[Column, ...]) -> bool:
    """Return whether every one of `values` is storable. A key that is not can't exist."""
    for value in values:
        plain = type(value) is str and value.isascii() and "\0" not in value  # as nearly every key is
        if not plain and not is_storable(value):
            return False
    return True
