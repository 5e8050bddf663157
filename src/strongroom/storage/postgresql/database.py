"""The engine for many nodes: a PostgreSQL database that all of them share."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from typing import Any, NoReturn

import psycopg

from strongroom.core.control import MustBlock
from strongroom.core.errors import OperatorError, ServiceUnavailable
from strongroom.storage.audit import SqlAuditStore
from strongroom.storage.cache import Cache
from strongroom.storage.database import DEFAULT_CACHE_BYTES, Engine
from strongroom.storage.dialect import POSTGRESQL
from strongroom.storage.leases import SqlLeases
from strongroom.storage.ports import Gauges, JournalChain, Sealer, UnitOfWork
from strongroom.storage.postgresql.follower import Follower
from strongroom.storage.postgresql.link import Link
from strongroom.storage.postgresql.pool import Pool
from strongroom.storage.postgresql.session import PostgresqlSession, connect
from strongroom.storage.postgresql.transactions import PostgresqlTransactions
from strongroom.storage.reader import Reader
from strongroom.storage.session import Arguments, Session
from strongroom.storage.table import Table
from strongroom.storage.work import Work


def _must_block(_sql: str, _arguments: Arguments) -> NoReturn:
    raise MustBlock


class PostgresqlDatabase:
    """Implements ports.Database on a libpq URL. Opened in each process, after the fork. See Engine for the arguments."""

    def __init__(
        self,
        url: str,
        tables: Sequence[Table[Any]],
        sealer: Sealer,
        chain: JournalChain | None = None,
        *,
        cache_bytes: int = DEFAULT_CACHE_BYTES,
    ) -> None:
        self._url = url
        self.engine = Engine(tables, sealer, chain, cache_bytes, POSTGRESQL)
        self._link = Link(url)
        self._pool = Pool(self._link)
        self._follower = Follower(self._link, self.engine.cache)

    def open(self) -> None:
        """See ports.Database. Creates what is missing in the database. Raises OperatorError with the reason."""
        try:
            transactions = PostgresqlTransactions(self._link, self.engine)
        except psycopg.Error as error:
            self._link.close()
            raise OperatorError(f"PostgreSQL can't be used: {error}") from error
        except OperatorError:
            self._link.close()
            raise
        self.engine.start(transactions, _must_block, 0, self._pool.run)
        self._follower.start()
        self._link.start()

    def close(self) -> None:
        """See ports.Database."""
        self.engine.leave()
        self.engine.writer.close()
        self._follower.close()
        self._pool.close()
        self._link.close()

    def begin(self, *, inline: bool, refresh: bool = True) -> UnitOfWork:
        """See ports.Database. While the feed can't be confirmed, the unit reads through to the database. Asking costs nothing here."""
        del refresh
        begin = self._begin_inline if inline else self._begin_blocking
        return Work(*begin(), begin)

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
            with closing(connect(self._url, autocommit=False)) as connection:
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                connection.read_only = True
                yield PostgresqlSession(connection)
        except psycopg.Error as error:
            raise ServiceUnavailable from error

    def _begin_inline(self) -> tuple[Reader, Cache | None]:
        return self.engine.inline, self.engine.cache if self._link.is_current() else None

    def _begin_blocking(self) -> tuple[Reader, Cache | None]:
        return self.engine.blocking, self.engine.cache if self._link.is_current() else None
