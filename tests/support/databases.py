"""Database servers whose users have passwords: PostgreSQL and MariaDB on free ports, for tests of rotation."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
from psycopg import sql
from tests.support.postgresql import START_SECONDS, PostgresqlServer

HOST = "127.0.0.1"
ONLY_TLS = "only_tls"  # a PostgreSQL user that is let in with TLS only
ADMIN_PASSWORD = "Admin-Password-1"


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass(frozen=True)
class Login:
    """Credentials, as a secret holds them, and how to try them."""

    engine: str
    fields: dict[str, Any]

    def works(self) -> bool:
        """Return whether the server takes them."""
        try:
            connect(self.fields).close()
        except (psycopg.OperationalError, pymysql.MySQLError):
            return False
        return True


def connect(fields: dict[str, Any]) -> Any:
    """Log in with what a secret holds."""
    if fields["engine"] == "postgres":
        return psycopg.connect(
            host=fields["host"],
            port=fields["port"],
            dbname="postgres",
            user=fields["username"],
            password=fields["password"],
            sslmode="disable",
            autocommit=True,
        )
    return pymysql.connect(
        host=fields["host"], port=fields["port"], user=fields["username"], password=fields["password"], ssl_disabled=True, autocommit=True
    )


class PasswordPostgresql(PostgresqlServer):
    """PostgreSQL that asks for passwords over TCP, and offers TLS."""

    engine = "postgres"

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()
        self.settings = (*PostgresqlServer.settings, f"listen_addresses={HOST}", f"port={self.port}", "ssl=on")
        rules = f"local all all trust\nhostnossl all {ONLY_TLS} {HOST}/32 reject\nhost all all {HOST}/32 scram-sha-256\n"
        (self._data / "pg_hba.conf").write_text(rules, encoding="ascii")
        for name in ("server.key", "server.crt"):
            (self._data / name).touch(mode=0o600)
        files = ["-keyout", str(self._data / "server.key"), "-out", str(self._data / "server.crt")]
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=database", *files],
            check=True,
            capture_output=True,
        )
        if self._account:
            for name in ("server.key", "server.crt", "pg_hba.conf"):
                os.chown(self._data / name, self._account.pw_uid, self._account.pw_gid)

    def url(self, database: str) -> str:
        """Return the URL of one of its databases, through the socket."""
        return f"{super().url(database)}&port={self.port}"

    def superuser(self) -> dict[str, Any]:
        """Return the superuser's secret."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"ALTER USER strongroom PASSWORD '{ADMIN_PASSWORD}'")
        return {"engine": "postgres", "host": HOST, "port": self.port, "username": "strongroom", "password": ADMIN_PASSWORD}

    def new_user(self, name: str, password: str) -> dict[str, Any]:
        """Create a user and return its secret."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE USER {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(password)))
        return {"engine": "postgres", "host": HOST, "port": self.port, "username": name, "password": password}


class MariadbServer:
    """MariaDB in a temporary directory."""

    engine = "mariadb"

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="strongroom-mariadb-"))
        self.port = free_port()
        self._user = "mysql" if os.geteuid() == 0 else None
        if self._user:
            entry = pwd.getpwnam(self._user)
            os.chown(self.directory, entry.pw_uid, entry.pw_gid)
        self._process: subprocess.Popen[bytes] | None = None
        install = shutil.which("mariadb-install-db")
        if install is None:
            pytest.fail("the rotation tests need MariaDB: apt-get install mariadb-server")
        self._run([install, *self._common(), "--auth-root-authentication-method=normal", "--skip-test-db"])

    def _common(self) -> list[str]:
        user = [f"--user={self._user}"] if self._user else []
        return ["--no-defaults", f"--datadir={self.directory / 'data'}", *user]

    def _run(self, command: list[str]) -> None:
        subprocess.run(command, check=True, capture_output=True)

    def start(self) -> None:
        """Start the server, wait until it answers, and give its superuser a password."""
        program = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
        options = [f"--socket={self.directory / 'socket'}", f"--port={self.port}", f"--bind-address={HOST}", "--skip-name-resolve"]
        speed = ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--skip-log-bin"]
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen([program, *self._common(), *options, *speed], stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not (self.directory / "socket").exists():
            assert time.monotonic() < deadline, (self.directory / "log").read_text(errors="replace")
            time.sleep(0.05)
        with (
            pymysql.connect(unix_socket=str(self.directory / "socket"), user="root", autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("CREATE USER 'admin'@'%%' IDENTIFIED BY %s", (ADMIN_PASSWORD,))
            cursor.execute("GRANT ALL PRIVILEGES ON *.* TO 'admin'@'%' WITH GRANT OPTION")

    def stop(self) -> None:
        """Stop the server and delete what it stored."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def superuser(self) -> dict[str, Any]:
        """Return the superuser's secret."""
        return {"engine": "mariadb", "host": HOST, "port": self.port, "username": "admin", "password": ADMIN_PASSWORD}

    def new_user(self, name: str, password: str) -> dict[str, Any]:
        """Create a user and return its secret."""
        with connect(self.superuser()) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE USER %s@'%%' IDENTIFIED BY %s", (name, password))
            cursor.execute("GRANT SELECT ON mysql.* TO %s@'%%'", (name,))
        return {"engine": "mariadb", "host": HOST, "port": self.port, "username": name, "password": password}


@pytest.fixture(scope="session")
def postgresql_with_passwords() -> Iterator[PasswordPostgresql]:
    """Give a running PostgreSQL."""
    server = PasswordPostgresql()
    try:
        server.start()
        yield server
        server.stop()
    finally:
        server.remove()


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariadbServer]:
    """Give a running MariaDB."""
    server = MariadbServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()
