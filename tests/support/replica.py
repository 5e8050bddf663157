"""Two PostgreSQL servers on loopback, the second a synchronous replica of the first."""

import os
import signal
from types import TracebackType
from typing import Self

import psycopg
from tests.support.databases import HOST, free_port
from tests.support.postgresql import PostgresqlServer


class TcpServer(PostgresqlServer):
    """A server that trusts whoever reaches it over TCP; `settings` are its options."""

    def __init__(self) -> None:
        self.port = free_port()
        super().__init__()
        self.settings = (*PostgresqlServer.settings, f"listen_addresses={HOST}", f"port={self.port}", "wal_level=replica")

    def url(self, database: str) -> str:
        """Return the URL of one of its databases, through the socket."""
        return f"{super().url(database)}&port={self.port}"

    def become_replica_of(self, source: "TcpServer") -> None:
        """Take a copy of `source`, which runs, instead of the empty data directory."""
        conninfo = f"host={HOST} port={source.port} user=strongroom application_name=replica"
        os.rename(self._data, self._data.with_name("empty"))  # noqa: PTH104 - the directory belongs to another user
        self._run("pg_basebackup", "-D", str(self._data), "-d", conninfo, "-R", "-X", "stream", "-c", "fast", "--no-sync")

    def promote(self) -> None:
        """Make the replica a primary; returns once it takes writes."""
        self._run("pg_ctl", "promote", "-D", str(self._data), "-w")


class Pair:
    """A primary that acknowledges nothing before its replica has it, and the replica."""

    def __init__(self) -> None:
        self.primary, self.replica = TcpServer(), TcpServer()
        self._running: list[TcpServer] = []

    def __enter__(self) -> Self:
        self._start(self.primary)
        self.replica.become_replica_of(self.primary)
        self._start(self.replica)
        with psycopg.connect(self.primary.url("postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'replica'")
            connection.execute("SELECT pg_reload_conf()")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for server in self._running:
            server.stop()
        self.primary.remove()
        self.replica.remove()

    def url(self) -> str:
        """Return the URL that finds whichever of the two takes writes."""
        ports = f"{HOST}:{self.primary.port},{HOST}:{self.replica.port}"
        return f"postgresql://strongroom@{ports}/postgres?target_session_attrs=read-write&sslmode=disable&gssencmode=disable"

    def fail_over(self) -> None:
        """Crash the primary and promote the replica, without its partner."""
        self.primary.stop(signal.SIGQUIT)
        self._running.remove(self.primary)
        self.replica.promote()
        with psycopg.connect(self.replica.url("postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
            connection.execute("SELECT pg_reload_conf()")

    def _start(self, server: TcpServer) -> None:
        server.start()
        self._running.append(server)
