"""Rotation of PostgreSQL users, on psycopg."""

from typing import Any

import psycopg
from psycopg import sql

from strongroom.functions.templates.engines import CONNECT_SECONDS, CredentialsRefused, Engine, Fields, LoginRefused
from strongroom.functions.templates.secret import EXCLUDED
from strongroom.functions.templates.strategies import alternating_users_handler, single_user_handler


class PostgreSQL(Engine):
    """PostgreSQL 10 and later. Passwords are hashed here, so that the server's log never shows them."""

    names = ("postgres", "aurora-postgresql", "postgresql")
    port = 5432
    longest_name = 63
    excluded = EXCLUDED + ":"

    def open(self, fields: Fields, *, tls: bool, authorities: str | None) -> Any:
        """See Engine."""
        try:
            return psycopg.connect(
                host=fields["host"],
                port=self.port_of(fields),
                dbname=fields.get("dbname") or "postgres",
                user=fields["username"],
                password=fields["password"],
                sslmode="verify-full" if authorities else "require" if tls else "disable",
                sslrootcert=authorities,
                connect_timeout=CONNECT_SECONDS,
                autocommit=True,
            )
        except psycopg.Error as error:
            text = str(error).strip()
            raise (LoginRefused if "SSL" in text else CredentialsRefused)(text) from error  # nothing else tells them apart

    def close(self, connection: Any) -> None:
        """See Engine."""
        connection.close()

    def check(self, connection: Any) -> None:
        """See Engine."""
        connection.execute("SELECT now()")

    def set_password(self, connection: Any, fields: Fields, old: Fields | None = None) -> None:
        """See Engine."""
        del old
        statement = sql.SQL("ALTER USER {} WITH PASSWORD {}")
        connection.execute(statement.format(sql.Identifier(fields["username"]), sql.Literal(self._hashed(connection, fields))))

    def has_user(self, connection: Any, fields: Fields) -> bool:
        """See Engine."""
        return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (fields["username"],)).fetchone() is not None

    def clone_user(self, connection: Any, original: Fields, fields: Fields) -> None:
        """See Engine: the new user is a member of the original one."""
        user = sql.Identifier(fields["username"])
        password = sql.Literal(self._hashed(connection, fields))
        with connection.transaction():
            connection.execute(sql.SQL("CREATE USER {} WITH PASSWORD {}").format(user, password))
            connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(original["username"]), user))

    def _hashed(self, connection: Any, fields: Fields) -> str:
        method = connection.execute("SHOW password_encryption").fetchone()[0]
        algorithm = b"md5" if method in {"md5", "on"} else b"scram-sha-256"
        made: bytes = connection.pgconn.encrypt_password(fields["password"].encode(), fields["username"].encode(), algorithm)
        return made.decode()


single_user = single_user_handler(PostgreSQL())
alternating_users = alternating_users_handler(PostgreSQL())
