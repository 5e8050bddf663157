"""A store in memory for unit tests: records as the handlers of one unit of work see them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec

from strongroom.storage.codec import decode_record, encode_record
from strongroom.storage.table import Column, Key, Table

R = TypeVar("R", bound=msgspec.Struct)


class MemoryStore:
    """Holds encoded records, so that a test also proves that they can be stored."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[Key, bytes]] = {}

    def _table(self, table: Table[Any]) -> dict[Key, bytes]:
        return self._rows.setdefault(table.name, {})

    def get(self, table: Table[R], *key: Column) -> R | None:
        """Return the record or None."""
        data = self._table(table).get(key)
        return None if data is None else decode_record(table, table.version, data)

    def scan(
        self,
        table: Table[R],
        *prefix: Column,
        index: str | None = None,
        after: Key | None = None,
        limit: int,
        descending: bool = False,
    ) -> list[R]:
        """Return records in order."""
        records = [decode_record(table, table.version, data) for data in self._table(table).values()]
        placed: list[tuple[Any, R]] = sorted(((table.position_of(r, index), r) for r in records), key=lambda p: p[0], reverse=descending)
        wanted = [(p, r) for p, r in placed if p[: len(prefix)] == prefix]
        if after is not None:
            wanted = [(p, r) for p, r in wanted if (p < after if descending else p > after)]
        return [r for _, r in wanted[:limit]]

    def scan_keys(self, table: Table[R], *prefix: Column, after: Key | None = None, limit: int) -> list[Key]:
        """Return keys in order."""
        return [table.key_of(record) for record in self.scan(table, *prefix, after=after, limit=limit)]

    def range(self, table: Table[R], index: str, *, until: int, after: Key | None = None, limit: int) -> list[R]:
        """Not needed by these rooms: they have no timed work."""
        raise NotImplementedError

    def count(self, table: Table[R], *prefix: Column) -> int:
        """Return how many keys begin with `prefix`."""
        return sum(key[: len(prefix)] == prefix for key in self._table(table))

    def insert(self, table: Table[R], record: R) -> None:
        """Add a record; a second one under the key is a fault of the handler."""
        key = table.key_of(record)
        assert key not in self._table(table), f"{table.name} {key} exists"
        self._table(table)[key] = encode_record(record)

    def replace(self, table: Table[R], record: R) -> None:
        """Change a record that exists."""
        key = table.key_of(record)
        if key not in self._table(table):
            raise LookupError(key)
        self._table(table)[key] = encode_record(record)

    def delete(self, table: Table[R], *key: Column) -> None:
        """Delete a record that exists."""
        del self._table(table)[key]

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Drop the writes of the block if it raises."""
        before = {name: dict(rows) for name, rows in self._rows.items()}
        try:
            yield
        except BaseException:
            self._rows = before
            raise

    def ensure_may_block(self) -> None:
        """Allow it."""


class PlainTokens:
    """Tokens that are bound to their purpose and notice changes, without cryptography."""

    def seal(self, purpose: str, payload: bytes) -> str:
        """Return hexadecimal text."""
        return f"{purpose}|{payload.hex()}|{hash((purpose, payload))}"

    def open(self, purpose: str, token: str) -> bytes | None:
        """Return the payload of an unaltered token."""
        name, _, rest = token.partition("|")
        data, _, check = rest.partition("|")
        try:
            payload = bytes.fromhex(data)
        except ValueError:
            return None
        return payload if name == purpose and check == str(hash((purpose, payload))) else None
