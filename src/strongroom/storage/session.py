"""What the shared SQL needs of a database connection. One small adapter per engine implements it."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

Row = tuple[Any, ...]
Arguments = Sequence[Any]


class Session(Protocol):
    """A connection inside a transaction, or one in autocommit for single reads. Parameters are written as `?` for both engines."""

    def rows(self, sql: str, arguments: Arguments = ()) -> list[Row]:
        """Run one statement and return every row, read to exhaustion (so no snapshot stays open)."""
        ...

    def stream(self, sql: str, arguments: Arguments = ()) -> Iterator[Row]:
        """Run one statement and hand out its rows as they come. For whole tables."""
        ...

    def write(self, statements: Sequence[tuple[str, Sequence[Arguments]]]) -> None:
        """Run each statement once for each of its argument rows, in order."""
        ...
