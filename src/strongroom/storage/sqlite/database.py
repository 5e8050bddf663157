"""The embedded engine: one SQLite file, shared by the processes of one machine."""

from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import apsw

from strongroom.core.errors import ServiceUnavailable
from strongroom.storage.audit import SqlAuditStore
from strongroom.storage.batch import Batcher, Journal, prepare
from strongroom.storage.cache import Cache
from strongroom.storage.dialect import SQLITE
from strongroom.storage.expand import expand, read_layouts, row_formats
from strongroom.storage.feed import feed_head
from strongroom.storage.leases import SqlLeases
from strongroom.storage.ports import JournalChain, Sealer, UnitOfWork
from strongroom.storage.reader import Formats, Reader
from strongroom.storage.session import Session
from strongroom.storage.sqlite.session import create_private
from strongroom.storage.sqlite.transactions import SqliteTransactions
from strongroom.storage.sqlite.views import Views
from strongroom.storage.table import Table
from strongroom.storage.work import Work
from strongroom.storage.writer import Writer

DEFAULT_CACHE_BYTES = 64 * 1024 * 1024
# A search of so many rows takes the event loop about as long as handing it to a thread.
INLINE_ROWS = 100


class SqliteDatabase:
    """Implements ports.Database on one file. Opened in each process, after the fork.

    Args:
        tables: every table of every room.
        chain: continues the journal; None if no unit will have journal entries.
        cache_bytes: how much may be kept in memory, estimated.
    """

    def __init__(
        self,
        path: Path,
        tables: Sequence[Table[Any]],
        sealer: Sealer,
        chain: JournalChain | None = None,
        *,
        cache_bytes: int = DEFAULT_CACHE_BYTES,
    ) -> None:
        self._path = path
        self._tables = tuple(tables)
        self._sealer = sealer
        self._chain = chain
        self._cache = Cache(cache_bytes)
        self._views = Views(path, self._cache)
        self._formats: Formats = {}

    def open(self) -> None:
        """See ports.Database. Creates the file (0600) and what is missing in it. Raises ServiceUnavailable."""
        try:
            create_private(self._path)
            transactions = SqliteTransactions(self._path, self._cache)
            known, position = transactions.commit_task(self._expanded)
        except (apsw.Error, OSError) as error:
            raise ServiceUnavailable from error
        self._formats = row_formats(self._tables, known, self._sealer, SQLITE)
        self._cache.restart(position)
        transactions.use(Batcher(self._formats, self._sealer, Journal(self._chain) if self._chain else None))
        self._inline = Reader(self._formats, self._cache, SQLITE, self._views.run, INLINE_ROWS)
        self._blocking = Reader(self._formats, self._cache, SQLITE, self._views.run, None)
        self._writer = Writer(transactions, "sqlite-writer")
        self._writer.start()

    def close(self) -> None:
        """See ports.Database."""
        self._writer.close()
        self._views.close()

    def begin(self, *, inline: bool) -> UnitOfWork:
        """See ports.Database. Raises ServiceUnavailable."""
        self._views.refresh()
        if inline:
            return Work(self._inline, self._cache, self._begin_inline)
        return Work(self._blocking, self._cache, self._begin_blocking)

    def commit(self, unit: UnitOfWork) -> Future[None]:
        """See ports.Database. Raises TypeError or ValueError at once for a record that can't be stored."""
        if not isinstance(unit, Work):
            raise TypeError("a unit of work is committed by the database that began it")
        return self._writer.submit(prepare(unit, self._formats))

    def leases(self) -> SqlLeases:
        """See ports.Database."""
        return SqlLeases(self._writer.call, SQLITE)

    def audit(self) -> SqlAuditStore:
        """Return the audit room's part of the database."""
        return SqlAuditStore(self._views.run, self._writer.call)

    def _expanded(self, session: Session) -> tuple[dict[str, dict[int, Any]], int]:
        expand(session, self._tables, SQLITE)
        return read_layouts(session), feed_head(session)[0]

    def _begin_inline(self) -> tuple[Reader, Cache]:
        self._views.refresh()
        return self._inline, self._cache

    def _begin_blocking(self) -> tuple[Reader, Cache]:
        self._views.refresh()
        return self._blocking, self._cache
