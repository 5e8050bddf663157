"""SQLite connections through apsw."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw

from strongroom.storage.batch import Wanted
from strongroom.storage.session import Arguments, Row

BUSY_MILLISECONDS = 5_000
# Rows of about a kilobyte stay on their leaf page instead of spilling to overflow pages.
PAGE_BYTES = 8192
PAGE_CACHE_KIBIBYTES = 8192


class SqliteSession:
    """Implements storage.session.Session. One thread at a time."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self._execute = connection.cursor().execute  # one cursor for all: `rows` reads each statement to its end

    def rows(self, sql: str, arguments: Arguments = ()) -> list[Row]:
        """See Session."""
        return self._execute(sql, tuple(arguments)).fetchall()

    def stream(self, sql: str, arguments: Arguments = ()) -> Iterator[Row]:
        """See Session."""
        yield from self.connection.execute(sql, tuple(arguments))

    def write(self, statements: Sequence[tuple[str, Sequence[Arguments]]]) -> None:
        """See Session."""
        for sql, rows in statements:
            self.connection.executemany(sql, map(tuple, rows))

    def revisions(self, wanted: Wanted) -> list[dict[Row, int]]:
        """Return for each table the stored revision of each of those keys that exists."""
        found = ([(key, self.rows(statements.revision_of, key)) for key in keys] for statements, keys in wanted)
        return [{key: rows[0][0] for key, rows in table if rows} for table in found]


def create_private(path: Path) -> None:
    """Create the file, readable by its owner only, if it is not there. SQLite gives its side files the same mode."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))


def connect(path: Path) -> apsw.Connection:
    """Return a connection in autocommit: WAL, and an fsync before any commit is answered. Raises apsw.Error."""
    connection = apsw.Connection(os.fspath(path), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.set_busy_timeout(BUSY_MILLISECONDS)
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute(f"PRAGMA cache_size = -{PAGE_CACHE_KIBIBYTES}")
    connection.wal_autocheckpoint(0)
    return connection
