"""PostgreSQL connections through psycopg 3."""

from collections.abc import Iterator, Sequence

import psycopg

from strongroom.storage.schema import Statements
from strongroom.storage.session import Arguments, Row

CONNECT_SECONDS = 3
# A node that stops inside a transaction holds the writer lock: the server ends it, and the others wait no longer than this.
LOCK_MILLISECONDS = 10_000
IDLE_IN_TRANSACTION_MILLISECONDS = 10_000
# A peer that vanished without a word is given up after this long.
DEAD_PEER_MILLISECONDS = 10_000
PREPARE_AFTER_USES = 2
STREAMED_ROWS = 1_000
# A server's own statement timeout would end the wait for a synchronous replica, and call the commit done.
_OPTIONS = (
    f"-c synchronous_commit=on -c statement_timeout=0 -c lock_timeout={LOCK_MILLISECONDS} "
    f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MILLISECONDS}"
)


def connect(url: str, *, autocommit: bool) -> psycopg.Connection[Row]:
    """Return a connection. A commit is answered once it is flushed. Raises psycopg.OperationalError.

    Transactions are READ COMMITTED whatever the server's default: what is read after the writer lock was got must be newer than it.
    """
    connection: psycopg.Connection[Row] = psycopg.connect(
        url,
        autocommit=autocommit,
        prepare_threshold=PREPARE_AFTER_USES,
        connect_timeout=CONNECT_SECONDS,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
        tcp_user_timeout=DEAD_PEER_MILLISECONDS,
        client_encoding="utf8",
        options=_OPTIONS,
    )
    connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    return connection


def _translated(sql: str) -> str:
    return sql.replace("?", "%s")


class PostgresqlSession:
    """Implements storage.session.Session. One thread at a time."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self.connection = connection

    def rows(self, sql: str, arguments: Arguments = ()) -> list[Row]:
        """See Session."""
        cursor = self.connection.execute(_translated(sql), tuple(arguments))
        return cursor.fetchall() if cursor.description is not None else []

    def stream(self, sql: str, arguments: Arguments = ()) -> Iterator[Row]:
        """See Session. Only inside a transaction."""
        with self.connection.cursor("strongroom_stream") as cursor:
            cursor.itersize = STREAMED_ROWS
            yield from cursor.execute(_translated(sql), tuple(arguments))

    def several(self, queries: Sequence[tuple[str, Arguments]]) -> list[list[Row]]:
        """Run queries in order in one round trip and return the rows of each."""
        with self.connection.pipeline():
            cursors = [self.connection.execute(_translated(sql), tuple(arguments)) for sql, arguments in queries]
            return [cursor.fetchall() for cursor in cursors]

    def write(self, statements: Sequence[tuple[str, Sequence[Arguments]]]) -> None:
        """See Session. One round trip."""
        with self.connection.pipeline(), self.connection.cursor() as cursor:
            for sql, rows in statements:
                cursor.executemany(_translated(sql), rows)

    def revisions(self, wanted: Sequence[tuple[Statements, Sequence[Row]]]) -> list[dict[Row, int]]:
        """See Session. One round trip."""
        queries = [(statements.revisions_of, [list(column) for column in zip(*keys, strict=True)]) for statements, keys in wanted]
        return [{row[:-1]: row[-1] for row in rows} for rows in self.several(queries)]
