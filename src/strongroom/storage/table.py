"""How a room declares what it stores: a record type, its key, and the few columns that may be searched.

Only key columns, index columns and the revision are readable in the database. Everything else is
inside the sealed record, and those plain columns are authenticated with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec

R = TypeVar("R", bound=msgspec.Struct)
Column = str | int | None
Key = tuple[Column, ...]
Upgrade = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Index:
    """An ordering of a table by index columns, then by the key. Rows whose first column is None are left out."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table(Generic[R]):
    """A table of sealed records. `record` is a frozen msgspec Struct that has every key and index column as a field.

    Attributes:
        key: fields that name the record; the first is account_id wherever an account owns the record.
        indexes: searchable orderings; their columns are stored in plain and authenticated.
        version: schema version of the record type, written into each row.
        upgrades: version n -> function from the decoded fields of version n to those of version n + 1.
        downgrades: version n -> function from the decoded fields of version n + 1 to those of version n, for as long as servers
            that know no more are alive. Without it the older servers must be stopped before the newer ones start.
    """

    name: str
    record: type[R]
    key: tuple[str, ...]
    indexes: tuple[Index, ...] = ()
    version: int = 1
    upgrades: Mapping[int, Upgrade] = field(default_factory=dict)
    downgrades: Mapping[int, Upgrade] = field(default_factory=dict)

    def key_of(self, record: R) -> Key:
        """Return the key columns of `record`."""
        return tuple(getattr(record, name) for name in self.key)

    def index_columns(self) -> tuple[str, ...]:
        """Return every plain column that is not part of the key, each once, in declaration order."""
        names = dict.fromkeys(name for index in self.indexes for name in index.columns)
        return tuple(name for name in names if name not in self.key)

    def index(self, name: str) -> Index:
        """Return the index called `name`. Raises KeyError: a misspelt index is a programming error."""
        for index in self.indexes:
            if index.name == name:
                return index
        raise KeyError(f"{self.name} has no index {name}")

    def position_of(self, record: R, index: str | None = None) -> Key:
        """Return where `record` stands in an ordering: its index columns followed by its key. Pass it to `scan(after=...)`."""
        return tuple(getattr(record, name) for name in self.order_of(index))

    def order_of(self, index: str | None = None) -> tuple[str, ...]:
        """Return the names of the columns that a position in an ordering has."""
        return (*self.index(index).columns, *self.key) if index else self.key


def table(
    name: str,
    record: type[R],
    *,
    key: tuple[str, ...],
    indexes: tuple[Index, ...] = (),
    version: int = 1,
    upgrades: Mapping[int, Upgrade] | None = None,
    downgrades: Mapping[int, Upgrade] | None = None,
) -> Table[R]:
    """Declare a table; a column that the record type lacks raises TypeError at import, so it never reaches a database."""
    fields = {f.name for f in msgspec.structs.fields(record)}
    wanted = {*key, *(column for index in indexes for column in index.columns)}
    if missing := wanted - fields:
        raise TypeError(f"{record.__name__} has no field {', '.join(sorted(missing))}")
    return Table(name, record, key, indexes, version, upgrades or {}, downgrades or {})
