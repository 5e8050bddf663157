"""A real PostgreSQL server for the tests: one for the session, one database for each test. A missing server fails the tests."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

START_SECONDS = 30.0
BINARIES = Path("/usr/lib/postgresql")
# PostgreSQL refuses to run as root.
UNPRIVILEGED = ("postgres", "nobody")


def binaries() -> Path:
    """Return the directory of the newest version's programs."""
    found = sorted(BINARIES.glob("*/bin/postgres"))
    if not found:
        pytest.fail("the contract tests need PostgreSQL: apt-get install postgresql")
    return found[-1].parent


def _account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(names[name] for name in UNPRIVILEGED if name in names)


def unprivileged() -> dict[str, Any]:
    """Return the options with which subprocess runs a program as PostgreSQL's own user, where we are root."""
    account = _account()
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


class PostgresqlServer:
    """A server in a temporary directory, reached through a socket in it. Nothing that it holds outlives it."""

    settings: tuple[str, ...] = ("fsync=off", "listen_addresses=", "max_connections=200", "shared_buffers=32MB", "autovacuum=off")

    def __init__(self) -> None:
        self._binaries = binaries()
        self._account = _account()
        self.directory = Path(tempfile.mkdtemp(prefix="strongroom-pg-"))
        self._data = self.directory / "data"
        self._databases = 0
        self._process: subprocess.Popen[bytes] | None = None
        if self._account:
            os.chown(self.directory, self._account.pw_uid, self._account.pw_gid)
        self._run("initdb", "-D", str(self._data), "-U", "strongroom", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = [word for setting in self.settings for word in ("-c", setting)]
        command = [str(self._binaries / "postgres"), "-D", str(self._data), "-k", str(self.directory), *options]
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **unprivileged())
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Stop the server, and break its clients' connections. With SIGQUIT it goes down as in a crash."""
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait()

    def remove(self) -> None:
        """Delete what it stored."""
        shutil.rmtree(self.directory)

    def url(self, database: str) -> str:
        """Return the URL of one of its databases."""
        return f"postgresql://strongroom@/{database}?host={self.directory}"

    def new_database(self) -> str:
        """Create an empty database and return its URL."""
        self._databases += 1
        name = f"test_{self._databases}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([str(self._binaries / program), *arguments], check=True, capture_output=True, cwd="/", **unprivileged())


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """Give a running server."""
    server = PostgresqlServer()
    try:
        server.start()
        yield server
        server.stop()
    finally:
        server.remove()


@pytest.fixture
def postgresql_url(postgresql_server: PostgresqlServer) -> str:
    """Give the URL of an empty database."""
    return postgresql_server.new_database()
