"""PostgreSQL connections through psycopg 3."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

import psycopg

from strongroom.storage.batch import Wanted
from strongroom.storage.session import Arguments, Row

CONNECT_SECONDS = 3
# A node that stops inside a transaction holds the writer lock: the server ends it, and the others wait no longer than this.
LOCK_MILLISECONDS = 10_000
IDLE_IN_TRANSACTION_MILLISECONDS = 10_000
# A peer that vanished without a word is given up after this long.
DEAD_PEER_MILLISECONDS = 10_000
PREPARE_AFTER_USES = 2
STREAMED_ROWS = 1_000
MOST_ROWS_AT_A_TIME = 16
MOST_PREPARED = 1_000  # each of the tables' statements, for each of a few numbers of rows
_ROW = re.compile(r"VALUES (\([?, ]+\))")
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
    connection.prepared_max = MOST_PREPARED
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
        with self.connection.pipeline():
            self._send(statements)

    def write_and_commit(self, statements: Sequence[tuple[str, Sequence[Arguments]]]) -> None:
        """Run the statements as `write` does, and commit, in one round trip. If one fails, nothing is committed."""
        with self.connection.pipeline():
            self._send(statements)
            self.connection.commit()

    def _send(self, statements: Sequence[tuple[str, Sequence[Arguments]]]) -> None:
        with self.connection.cursor() as cursor:
            for sql, rows in statements:
                for grouped, arguments in in_groups(sql, rows):
                    cursor.execute(_translated(grouped), arguments, prepare=True)


def in_groups(sql: str, rows: Sequence[Arguments]) -> Iterator[tuple[str, Arguments]]:
    """Yield what does `sql` for each of `rows`, which have different keys: an INSERT takes many rows at a time.

    The groups are powers of two, so that a few statements serve every number of rows and stay prepared.
    """
    values = _ROW.search(sql)
    if values is None:
        yield from ((sql, tuple(row)) for row in rows)
        return
    place = 0
    while place < len(rows):
        size = min(1 << (len(rows) - place).bit_length() - 1, MOST_ROWS_AT_A_TIME)
        grouped = f"{sql[: values.start(1)]}{', '.join([values[1]] * size)}{sql[values.end(1) :]}"
        yield grouped, tuple(chain.from_iterable(rows[place : place + size]))
        place += size


def revision_queries(wanted: Wanted) -> list[tuple[str, Arguments]]:
    """Return one query for each table, for PostgresqlSession.several."""
    return [(statements.revisions_of, [list(column) for column in zip(*keys, strict=True)]) for statements, keys in wanted]


def read_revisions(found: Sequence[Sequence[Row]]) -> list[dict[Row, int]]:
    """Return what `revision_queries` found: for each table the stored revision of each of those keys that exists."""
    return [{row[:-1]: row[-1] for row in rows} for rows in found]
