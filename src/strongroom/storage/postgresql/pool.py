"""Reading connections, taken for one statement each."""

from queue import Empty, LifoQueue

import psycopg

from strongroom.core.errors import ServiceUnavailable
from strongroom.storage.postgresql.link import Link
from strongroom.storage.postgresql.session import PostgresqlSession
from strongroom.storage.session import Arguments, Row

POOL_SIZE = 8
WAIT_SECONDS = 10.0


class Pool:
    """At most POOL_SIZE connections in autocommit, opened when first needed. A broken one is replaced."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._places: LifoQueue[PostgresqlSession | None] = LifoQueue()
        for _ in range(POOL_SIZE):
            self._places.put(None)

    def run(self, sql: str, arguments: Arguments) -> list[Row]:
        """Run one reading statement. Raises ServiceUnavailable."""
        self._link.ensure_reachable()
        try:
            session = self._places.get(timeout=WAIT_SECONDS)
        except Empty:
            raise ServiceUnavailable from None
        try:
            try:
                session, rows = self._run(session, sql, arguments)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                # The server was restarted, most likely: its old connections fail once, at their next use.
                self._link.ensure_reachable()
                session = None
                session, rows = self._run(None, sql, arguments)
        except psycopg.Error as error:
            raise ServiceUnavailable from error
        finally:
            self._places.put(session if session is not None and not session.connection.closed else None)
        return rows

    def close(self) -> None:
        """Close every connection. No thread may be reading."""
        for _ in range(POOL_SIZE):
            session = self._places.get(timeout=WAIT_SECONDS)
            if session is not None:
                session.connection.close()
        for _ in range(POOL_SIZE):
            self._places.put(None)

    def _run(self, session: PostgresqlSession | None, sql: str, arguments: Arguments) -> tuple[PostgresqlSession, list[Row]]:
        session = session or PostgresqlSession(self._link.connect(autocommit=True))
        try:
            return session, session.rows(sql, arguments)
        except psycopg.Error:
            session.connection.close()
            raise
