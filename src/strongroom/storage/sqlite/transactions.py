"""The writer thread's connection to a SQLite file: batches under the lock file, and checkpoints of the WAL."""

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw

from strongroom.core.control import Conflict
from strongroom.storage.batch import Outcome, Prepared
from strongroom.storage.database import Engine
from strongroom.storage.feed import catch_up, head_of
from strongroom.storage.rollout import GENERATION_GET
from strongroom.storage.sqlite.lock import LockFile
from strongroom.storage.sqlite.session import SqliteSession, connect
from strongroom.storage.system import FEED_HEAD
from strongroom.storage.writer import Task

CHECKPOINT_PAGES = 1_000
# Errors that what is written can cause. All others say that the file can't be written now.
_CAUSED_BY_CONTENT = (apsw.ConstraintError, apsw.MismatchError, apsw.RangeError, apsw.TooBigError)


def _identity_of(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


class SqliteTransactions:
    """Implements writer.Transactions."""

    def __init__(self, path: Path, engine: Engine) -> None:
        """Open a connection and the lock file, and bring the schema up to date. Raises apsw.Error or OSError."""
        self._cache = engine.cache
        connection = connect(path)
        self._path = path
        self._identity = _identity_of(path)
        self._lock = LockFile(path)
        connection.set_wal_hook(self._note_wal)
        self._session = SqliteSession(connection)
        self._wal_pages = 0
        try:
            for prepare in (engine.expand, engine.join):
                with self._transaction() as session:
                    prepare(session)
        except BaseException:
            self.disconnect()
            raise
        self._rollout = engine.rollout
        self._batcher = engine.batcher()

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
        try:
            with self._transaction() as session:
                self._rollout.follow(session, session.rows(*GENERATION_GET))
                catch_up(session, self._cache)
                wanted = self._batcher.wanted(units)
                found = session.revisions(wanted)
                outcome, writes = self._batcher.plan(session, units, head_of(session.rows(FEED_HEAD)), wanted, found)
                session.write(writes)
        except BaseException:
            self._batcher.journal_committed(None)
            raise
        self._batcher.journal_committed(outcome.journal_head)
        return outcome

    @contextmanager
    def _transaction(self) -> Iterator[SqliteSession]:
        connection = self._session.connection
        with self._lock.held():
            self._ensure_in_place()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._session
                connection.execute("COMMIT")
            except BaseException:
                # Some errors (a full disk) have already rolled back.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _ensure_in_place(self) -> None:
        """Raise OSError if the file was removed or replaced: what is written to it would be gone once it is closed."""
        if _identity_of(self._path) != self._identity:
            raise OSError(errno.ESTALE, "the database file was replaced while the server runs; restart it", str(self._path))

    def _note_wal(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK

    def _checkpoint(self) -> None:
        """Move the WAL into the database once it is long enough, after the lock is free: commits answer without waiting for it."""
        if self._wal_pages >= CHECKPOINT_PAGES:
            self._wal_pages = 0
            with suppress(apsw.Error):  # another process is at it, or the disk is full: the next commit tries again
                self._session.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
