"""PostgreSQL, MariaDB and MySQL, whose users have passwords."""

import os
import pwd
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
from psycopg import sql
from tests.support.databases.logins import HOST, connect, free_port, make_certificate
from tests.support.databases.started import ADMIN_PASSWORD, StartedServer
from tests.support.postgresql import START_SECONDS, PostgresqlServer

ONLY_TLS = "only_tls"  # a PostgreSQL user that is let in with TLS only
MYSQL = Path(sys.prefix) / "servers" / "mysql"  # where scripts/install-mysql puts it


class PasswordPostgresql(PostgresqlServer):
    """PostgreSQL that asks for passwords over TCP, and offers TLS.

    Attributes:
        authority: PEM of whom to trust for its certificate.
    """

    engine = "postgres"
    method = "scram-sha-256"  # how passwords are stored and checked

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()
        self.settings = (
            *PostgresqlServer.settings,
            f"listen_addresses={HOST}",
            f"port={self.port}",
            "ssl=on",
            f"password_encryption={self.method}",
        )
        rules = f"local all all trust\nhostnossl all {ONLY_TLS} {HOST}/32 reject\nhost all all {HOST}/32 {self.method}\n"
        (self._data / "pg_hba.conf").write_text(rules, encoding="ascii")
        for name in ("server.key", "server.crt"):
            (self._data / name).touch(mode=0o600)
        self.authority = make_certificate(self._data / "server.key", self._data / "server.crt")
        if self._account:
            for name in ("server.key", "server.crt", "pg_hba.conf"):
                os.chown(self._data / name, self._account.pw_uid, self._account.pw_gid)

    def start(self) -> None:
        """Start it, with a table that its users may read."""
        super().start()
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute("CREATE TABLE things (name text)")

    def url(self, database: str) -> str:
        """Return the URL of one of its databases, through the socket."""
        return f"{super().url(database)}&port={self.port}"

    def superuser(self) -> dict[str, Any]:
        """Return the superuser's secret."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"ALTER USER strongroom PASSWORD '{ADMIN_PASSWORD}'")
        return self.secret("strongroom", ADMIN_PASSWORD)

    def new_user(self, name: str, password: str) -> dict[str, Any]:
        """Create a user and return its secret."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE USER {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(password)))
            connection.execute(sql.SQL("GRANT SELECT ON things TO {}").format(sql.Identifier(name)))
        return self.secret(name, password)

    def secret(self, name: str, password: str) -> dict[str, Any]:
        """Return what a user's secret holds."""
        return {"engine": self.engine, "host": HOST, "port": self.port, "username": name, "password": password}

    def use(self, fields: dict[str, Any]) -> None:
        """Do what new_user gave the right to."""
        with connect(fields) as connection:
            connection.execute("SELECT * FROM things")


class MariadbServer(StartedServer):
    """MariaDB in a temporary directory."""

    engine = "mariadb"
    program = "/usr/sbin/mariadbd"
    account = "mysql"  # whom it runs as where the tests are root's
    default_role = "SET DEFAULT ROLE reader FOR %s@'%%'"
    quick: tuple[str, ...] = ("--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--skip-log-bin")

    def __init__(self) -> None:
        super().__init__()
        self._user = self.account if os.geteuid() == 0 else None
        if self._user:
            entry = pwd.getpwnam(self._user)
            os.chown(self.directory, entry.pw_uid, entry.pw_gid)
        subprocess.run([*self._install(), *self._common()], check=True, capture_output=True)

    def _install(self) -> list[str]:
        install = shutil.which("mariadb-install-db")
        if install is None:
            pytest.fail("the rotation tests need MariaDB: apt-get install mariadb-server")
        return [install, "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]

    def _common(self) -> list[str]:
        user = [f"--user={self._user}"] if self._user else []
        return [f"--datadir={self.directory / 'data'}", *user]

    def start(self) -> None:
        """Start the server, wait until it answers, and give its superuser a password."""
        options = [f"--socket={self.directory / 'socket'}", f"--port={self.port}", f"--bind-address={HOST}", "--skip-name-resolve"]
        with (self.directory / "log").open("ab") as log:
            command = [self.program, "--no-defaults", *self._common(), *options, *self.quick]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
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
            cursor.execute("CREATE ROLE reader")
            cursor.execute("GRANT SELECT ON mysql.* TO reader")
            cursor.execute("GRANT reader TO 'admin'@'%' WITH ADMIN OPTION")

    def new_user(self, name: str, password: str) -> dict[str, Any]:
        """Create a user that reads through a role which it has by default, and return its secret."""
        with connect(self.superuser()) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE USER %s@'%%' IDENTIFIED BY %s", (name, password))
            cursor.execute("GRANT reader TO %s@'%%'", (name,))
            cursor.execute(self.default_role, (name,))
        return {**self.superuser(), "username": name, "password": password}

    def use(self, fields: dict[str, Any]) -> None:
        """Do what new_user gave the right to."""
        with connect(fields) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT User FROM mysql.user")


class MysqlServer(MariadbServer):
    """MySQL in a temporary directory. It makes its own authority at its first start.

    Attributes:
        authority: PEM of whom to trust for its certificate.
    """

    engine = "mysql"
    program = str(MYSQL / "bin" / "mysqld")
    account = "root"  # others may not enter the directory that it lies in
    quick = (*MariadbServer.quick, "--mysqlx=OFF")
    default_role = "ALTER USER %s@'%%' DEFAULT ROLE reader"

    def __init__(self) -> None:
        if not Path(self.program).exists():
            pytest.fail("the rotation tests need MySQL: scripts/install-mysql")
        super().__init__()
        data = self.directory / "data"
        self.authority = make_certificate(data / "server-key.pem", data / "server-cert.pem")
        shutil.copy(data / "server-cert.pem", data / "ca.pem")
        for name in ("server-key.pem", "server-cert.pem", "ca.pem"):
            if self._user:
                shutil.chown(data / name, self._user)

    def _install(self) -> list[str]:
        return [self.program, "--no-defaults", "--initialize-insecure"]

    def _common(self) -> list[str]:
        return [f"--basedir={MYSQL}", *super()._common()]
