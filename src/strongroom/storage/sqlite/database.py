"""The embedded engine: one SQLite file, shared by the processes of one machine."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import apsw

from strongroom.core.errors import OperatorError, ServiceUnavailable
from strongroom.storage.audit import SqlAuditStore
from strongroom.storage.cache import Cache
from strongroom.storage.database import DEFAULT_CACHE_BYTES, Engine
from strongroom.storage.dialect import SQLITE
from strongroom.storage.leases import SqlLeases
from strongroom.storage.ports import Gauges, JournalChain, Sealer, UnitOfWork
from strongroom.storage.reader import Reader
from strongroom.storage.session import Session
from strongroom.storage.sqlite.session import SqliteSession, connect, create_private
from strongroom.storage.sqlite.transactions import SqliteTransactions
from strongroom.storage.sqlite.views import Views
from strongroom.storage.table import Table
from strongroom.storage.work import Work

# A search of so many rows takes the event loop about as long as handing it to a thread.
INLINE_ROWS = 100


class SqliteDatabase:
    """Implements ports.Database on one file. Opened in each process, after the fork. See Engine for the arguments."""

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
        self.engine = Engine(tables, sealer, chain, cache_bytes, SQLITE)
        self._views = Views(path, self.engine.cache)

    def open(self) -> None:
        """See ports.Database. Creates the file (0600) and what is missing in it. Raises OperatorError with the reason."""
        try:
            create_private(self._path)
            transactions = SqliteTransactions(self._path, self.engine)
        except (apsw.Error, OSError) as error:
            raise OperatorError(f"{self._path} can't be opened as a database: {error}") from error
        self.engine.start(transactions, self._views.run, INLINE_ROWS, self._views.run)

    def close(self) -> None:
        """See ports.Database."""
        self.engine.leave()
        self.engine.writer.close()
        self._views.close()

    def begin(self, *, inline: bool, refresh: bool = True) -> UnitOfWork:
        """See ports.Database. Raises ServiceUnavailable."""
        if refresh:
            self._views.refresh()
        if inline:
            return Work(self.engine.inline, self.engine.cache, self._begin_inline)
        return Work(self.engine.blocking, self.engine.cache, self._begin_blocking)

    def commit(self, unit: UnitOfWork) -> Future[None]:
        """See ports.Database and Engine.commit."""
        return self.engine.commit(unit)

    def beat(self) -> None:
        """See ports.Database."""
        self.engine.beat()

    def gauges(self) -> Gauges:
        """See ports.Database."""
        return self.engine.gauges()

    def leases(self) -> SqlLeases:
        """See ports.Database."""
        return self.engine.leases()

    def audit(self) -> SqlAuditStore:
        """Return the audit room's part of the database."""
        return self.engine.audit

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """See database.Maintained."""
        try:
            with closing(connect(self._path)) as connection, connection:
                yield SqliteSession(connection)
        except apsw.Error as error:
            raise ServiceUnavailable from error

    def _begin_inline(self) -> tuple[Reader, Cache]:
        self._views.refresh()
        return self.engine.inline, self.engine.cache

    def _begin_blocking(self) -> tuple[Reader, Cache]:
        self._views.refresh()
        return self.engine.blocking, self.engine.cache
