"""The writer thread's connection to a SQLite file: batches under the lock file, and checkpoints of the WAL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw

from strongroom.core.control import Conflict
from strongroom.storage.batch import Batcher, Outcome, Prepared
from strongroom.storage.cache import Cache
from strongroom.storage.feed import catch_up
from strongroom.storage.sqlite.lock import LockFile
from strongroom.storage.sqlite.session import SqliteSession, connect
from strongroom.storage.writer import Task

CHECKPOINT_PAGES = 1_000
# Errors that what is written can cause. All others say that the file can't be written now.
_CAUSED_BY_CONTENT = (apsw.ConstraintError, apsw.MismatchError, apsw.RangeError, apsw.TooBigError)


class SqliteTransactions:
    """Implements writer.Transactions."""

    def __init__(self, path: Path, cache: Cache) -> None:
        """Open a connection and the lock file. Raises apsw.Error or OSError."""
        self._cache = cache
        self._batcher: Batcher | None = None
        self._lock = LockFile(path)
        connection = connect(path)
        connection.set_wal_hook(self._note_wal)
        self._session = SqliteSession(connection)
        self._wal_pages = 0

    def use(self, batcher: Batcher) -> None:
        """Take what checks and writes units; it is made once the schema is there."""
        self._batcher = batcher

    def commit_units(self, units: Sequence[Prepared]) -> Sequence[Conflict | None]:
        """See Transactions."""
        outcome = self._committed(units)
        self._cache.committed(outcome.changes)
        self._cache.forget(outcome.stale)
        self._checkpoint()
        return outcome.results

    def commit_task(self, task: Task) -> Any:
        """See Transactions."""
        with self._transaction() as session:
            result = task(session)
        self._checkpoint()
        return result

    def is_outage(self, error: Exception) -> bool:
        """See Transactions."""
        return self.is_driver_error(error) and not isinstance(error, _CAUSED_BY_CONTENT)

    def is_driver_error(self, error: Exception) -> bool:
        """See Transactions."""
        return isinstance(error, apsw.Error | OSError)

    def disconnect(self) -> None:
        """See Transactions."""
        self._session.connection.close()
        self._lock.close()

    def _committed(self, units: Sequence[Prepared]) -> Outcome:
        batcher = self._batcher
        if batcher is None:
            raise RuntimeError("the database is not open")
        try:
            with self._transaction() as session:
                catch_up(session, self._cache)
                outcome = batcher.apply(session, units)
        except BaseException:
            batcher.journal_committed(None)
            raise
        batcher.journal_committed(outcome.journal_head)
        return outcome

    @contextmanager
    def _transaction(self) -> Iterator[SqliteSession]:
        connection = self._session.connection
        with self._lock.held():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._session
                connection.execute("COMMIT")
            except BaseException:
                # Some errors (a full disk) have already rolled back.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _note_wal(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK

    def _checkpoint(self) -> None:
        """Move the WAL into the database once it is long enough, after the lock is free: commits answer without waiting for it."""
        if self._wal_pages >= CHECKPOINT_PAGES:
            self._wal_pages = 0
            with suppress(apsw.Error):  # another process is at it, or the disk is full: the next commit tries again
                self._session.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
