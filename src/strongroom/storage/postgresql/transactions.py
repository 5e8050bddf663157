"""The writer thread's connection to PostgreSQL: batches under an advisory lock, and what to do if COMMIT is not answered."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex
from time import monotonic, sleep
from typing import Any, Generic, TypeVar

import psycopg

from strongroom.core.control import Conflict
from strongroom.core.errors import OperatorError
from strongroom.storage.batch import Outcome, Prepared, Write
from strongroom.storage.database import Engine
from strongroom.storage.feed import follow, head_of, unread
from strongroom.storage.postgresql.follower import CHANNEL
from strongroom.storage.postgresql.link import Link
from strongroom.storage.postgresql.session import PostgresqlSession, read_revisions, revision_queries
from strongroom.storage.rollout import GENERATION_GET
from strongroom.storage.session import Arguments, Row
from strongroom.storage.system import FEED_HEAD, WRITER_MARK, writer_mark_put
from strongroom.storage.writer import Task

T = TypeVar("T")
# Advisory locks belong to one database, so one number is enough. These are the letters "Strong".
WRITER_LOCK = 0x5374726F6E67
TAKE_LOCK = "SELECT pg_advisory_xact_lock(?)"
# How long a commit whose answer was lost is looked up before the client is told that the server can't answer.
LOOK_UP_SECONDS = 10.0
RETRY_SECONDS = 0.2
_OUTAGES = (psycopg.OperationalError, psycopg.InterfaceError)
# A connection that the server has closed is noticed at its next use, so one failure is no outage yet.
RETRIES = 1


@dataclass(frozen=True, slots=True)
class Commit(Generic[T]):
    """What one transaction does, in two round trips; it may be run again if the server went away.

    Attributes:
        queries: what is read first, when the lock is held.
        plan: takes the feed's head and what the queries found, and returns the result and the statements to be committed.
    """

    queries: Sequence[tuple[str, Arguments]]
    plan: Callable[[PostgresqlSession, tuple[int, bytes], list[list[Row]]], tuple[T, list[Write]]]


class PostgresqlTransactions:
    """Implements writer.Transactions.

    The advisory lock is held until the end of each transaction, so the feed's numbers, allocated under it, are in
    commit order. Each transaction also notes the number of its batch in this writer's own row. If the answer to COMMIT
    is lost, the next transaction takes the lock, which the lost one holds while it may still commit, and reads that row:
    then it is certain whether the batch was committed, and it runs again only if it was not.
    """

    def __init__(self, link: Link, engine: Engine) -> None:
        """Connect and bring the schema up to date. Raises psycopg.Error, or OperatorError."""
        self._link = link
        self._engine = engine
        self._mark_put = writer_mark_put(engine.dialect)
        self._writer_id = token_hex(16)
        self._batch = 0
        self._session: PostgresqlSession | None = None
        with link.connect(autocommit=False) as connection:
            session = PostgresqlSession(connection)
            if (encoding := session.rows("SHOW server_encoding")[0][0]) != "UTF8":
                raise OperatorError(f"the database's encoding is {encoding}: create it with ENCODING 'UTF8'")
            session.rows(TAKE_LOCK, (WRITER_LOCK,))
            engine.expand(session)
            connection.commit()
            session.rows(TAKE_LOCK, (WRITER_LOCK,))
            engine.join(session)
            asked = monotonic()  # nobody else commits before the lock is given up
        link.confirm(asked)
        self._batcher = engine.batcher()

    def commit_units(self, units: Sequence[Prepared]) -> Sequence[Conflict | None]:
        """See Transactions."""
        wanted = self._batcher.wanted(units)

        def plan(session: PostgresqlSession, head: tuple[int, bytes], found: list[list[Row]]) -> tuple[Outcome, list[Write]]:
            outcome, writes = self._batcher.plan(session, units, head, wanted, read_revisions(found))
            return outcome, [*writes, (f"NOTIFY {CHANNEL}", [()])]

        try:
            outcome = self._certainly(Commit(revision_queries(wanted), plan))
        except BaseException:
            self._batcher.journal_committed(None)
            raise
        self._batcher.journal_committed(outcome.journal_head)
        self._engine.cache.committed(outcome.changes)
        self._engine.cache.forget(outcome.stale)
        return outcome.results

    def commit_task(self, task: Task) -> Any:
        """See Transactions."""

        def plan(session: PostgresqlSession, _head: tuple[int, bytes], _found: list[list[Row]]) -> tuple[Any, list[Write]]:
            return task(session), []

        return self._certainly(Commit((), plan))

    def is_outage(self, error: Exception) -> bool:
        """See Transactions."""
        return isinstance(error, _OUTAGES)

    def is_driver_error(self, error: Exception) -> bool:
        """See Transactions."""
        return isinstance(error, psycopg.Error)

    def disconnect(self) -> None:
        """See Transactions."""
        if self._session is not None:
            self._session.connection.close()
            self._session = None

    def _certainly(self, commit: Commit[T]) -> T:
        """Run one transaction, again if the server went away, and never twice. Raises psycopg.Error."""
        self._batch += 1
        unanswered: list[T] = []
        failures = 0
        deadline = monotonic() + LOOK_UP_SECONDS
        while True:
            try:
                return self._run(commit, unanswered)
            except _OUTAGES:
                self.disconnect()
                failures += 1
                if monotonic() >= deadline or (failures > RETRIES and not unanswered):
                    raise
                if failures > RETRIES:
                    sleep(RETRY_SECONDS)

    def _run(self, commit: Commit[T], unanswered: list[T]) -> T:
        """Run one transaction. `unanswered` takes the result when COMMIT is sent; what it holds already was sent and not answered."""
        session = self._connected()
        mark = (self._mark_put, [(self._writer_id, self._batch)])
        try:
            _, marked, generation, rows, head, *found = session.several(
                [
                    (TAKE_LOCK, (WRITER_LOCK,)),
                    (WRITER_MARK, (self._writer_id,)),
                    GENERATION_GET,
                    unread(self._engine.cache),
                    (FEED_HEAD, ()),
                    *commit.queries,
                ]
            )
            if unanswered and marked == [(self._batch,)]:
                # Not before a synchronous replica has it too: what another commit writes now follows it there.
                session.write_and_commit([mark])
                return unanswered[-1]
            self._engine.rollout.follow(session, generation)
            follow(session, self._engine.cache, rows)
            result, writes = commit.plan(session, head_of(head), found)
            unanswered.append(result)
            session.write_and_commit([*writes, mark])
        except BaseException:
            with suppress(*_OUTAGES):
                session.connection.rollback()
            raise
        return result

    def _connected(self) -> PostgresqlSession:
        if self._session is None:
            self._session = PostgresqlSession(self._link.connect(autocommit=False))
        return self._session
