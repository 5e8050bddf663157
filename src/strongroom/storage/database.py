"""What both engines share: they differ in how they connect, commit, and know that the cache is current."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from typing import Any, Protocol

from strongroom.core.errors import ApiError, OperatorError
from strongroom.storage.audit import SqlAuditStore
from strongroom.storage.batch import Batcher, Journal, prepare
from strongroom.storage.cache import Cache
from strongroom.storage.dialect import Dialect
from strongroom.storage.expand import add_layouts, add_tables, current_layouts, read_layouts, row_formats
from strongroom.storage.feed import head_of
from strongroom.storage.layouts import Layout
from strongroom.storage.leases import SqlLeases
from strongroom.storage.ports import Gauges, JournalChain, Sealer, UnitOfWork
from strongroom.storage.reader import Formats, Reader, RunStatement
from strongroom.storage.rollout import Rollout
from strongroom.storage.session import Session
from strongroom.storage.system import FEED_HEAD
from strongroom.storage.table import Table
from strongroom.storage.work import Work
from strongroom.storage.writer import Transactions, Writer

DEFAULT_CACHE_BYTES = 64 * 1024 * 1024


class Engine:
    """The shared part of ports.Database. It starts with `start` in each process, after the fork.

    Args:
        tables: every table of every room.
        chain: continues the journal; None if no unit will have journal entries.
        cache_bytes: how much may be kept in memory, estimated.
    """

    def __init__(
        self, tables: Sequence[Table[Any]], sealer: Sealer, chain: JournalChain | None, cache_bytes: int, dialect: Dialect
    ) -> None:
        self.tables = tuple(tables)
        self.sealer = sealer
        self.dialect = dialect
        self.cache = Cache(cache_bytes)
        self.formats: Formats = {}
        self.rollout = Rollout({}, dialect)
        self._beat: Future[bool] = Future()
        self._beat.set_result(False)
        self._chain = chain

    def expand(self, session: Session) -> None:
        """Add tables and columns that are missing; inside a transaction under the writer lock."""
        add_tables(session, self.tables, self.dialect)

    def join(self, session: Session) -> None:
        """Add indexes that are missing, learn layouts, and count as a live node; in another such transaction. Raises OperatorError."""
        add_layouts(session, self.tables, self.dialect)
        layouts: dict[str, dict[int, Layout]] = read_layouts(session)
        self.rollout = Rollout(current_layouts(self.tables, layouts), self.dialect)
        self.rollout.join(session, [name for name, numbered in layouts.items() if len(numbered) == 1])
        self.formats = row_formats(self.tables, layouts, self.rollout, self.sealer, self.dialect)
        self.cache.restart(head_of(session.rows(FEED_HEAD))[0])

    def batcher(self) -> Batcher:
        """Return what checks and writes units."""
        return Batcher(self.formats, self.sealer, Journal(self._chain) if self._chain else None, self.rollout)

    def start(self, transactions: Transactions, inline: RunStatement, inline_rows: int, blocking: RunStatement) -> None:
        """Start the writer thread, and make the readers out of two ways to run one statement."""
        self.inline = Reader(self.formats, self.cache, self.dialect, inline, inline_rows)
        self.blocking = Reader(self.formats, self.cache, self.dialect, blocking, None)
        self.run = blocking
        self.audit = SqlAuditStore(blocking, self._call)
        self.writer = Writer(transactions, f"strongroom-{type(self).__name__}")
        self.writer.start()

    def commit(self, unit: UnitOfWork) -> Future[None]:
        """See ports.Database. Raises TypeError or ValueError at once for a record that can't be stored."""
        if not isinstance(unit, Work):
            raise TypeError("a unit of work is committed by the database that began it")
        generation = self.rollout.generation
        return self.writer.submit(prepare(unit, self.formats, generation))

    def beat(self) -> None:
        """See ports.Database."""
        if self.rollout.is_beat_due() and self._beat.done():
            self._beat = self.writer.submit(self.rollout.beat)
            self._beat.add_done_callback(self._beaten)

    def leave(self) -> None:
        """Stop counting as a live node, if the database can be asked; the others wait for that otherwise."""
        with suppress(ApiError, OperatorError):
            self._call(self.rollout.leave)

    def gauges(self) -> Gauges:
        """See ports.Database."""
        return Gauges(self.writer.waiting(), self.cache.size, self.cache.fills)

    def leases(self) -> SqlLeases:
        """See ports.Database."""
        return SqlLeases(self.run, self._call, self.dialect)

    def _beaten(self, beat: Future[bool]) -> None:
        if (error := beat.exception()) is not None:
            logging.getLogger(__name__).warning("this node could not say that it is alive: %s", error)
        elif beat.result():
            self.writer.submit(self.rollout.learn)

    def _call(self, task: Callable[[Session], Any]) -> Any:
        return self.writer.call(task)


class Maintained(Protocol):
    """A database as verification, compaction and re-sealing see it: either engine, open."""

    engine: Engine

    def begin(self, *, inline: bool, refresh: bool = True) -> UnitOfWork:
        """See ports.Database."""
        ...

    def commit(self, unit: UnitOfWork) -> Future[None]:
        """See ports.Database."""
        ...

    def snapshot(self) -> AbstractContextManager[Session]:
        """Give a read-only view of one moment, on a connection of its own. Raises ServiceUnavailable."""
        ...
