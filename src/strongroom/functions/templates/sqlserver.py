"""Rotation of SQL Server logins, and of users that a contained database holds itself, on pymssql.

Source: Microsoft SQL documentation, "ALTER LOGIN", "CREATE LOGIN", "ALTER USER", "CREATE USER", "ALTER ROLE", "ALTER SERVER ROLE",
"sys.database_principals", "sys.database_permissions"; FreeTDS User Guide, "freetds.conf".
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymssql

from strongroom.functions.templates.engines import CONNECT_SECONDS, CredentialsRefused, Engine, Fields, LoginRefused
from strongroom.functions.templates.sqlserver_rights import bracketed, rights_of
from strongroom.functions.templates.statements import rows, run
from strongroom.functions.templates.strategies import alternating_users_handler, single_user_handler

MASTER = "master"
LOGIN_FAILED = 18456
CONTAINED = 2  # sys.database_principals.authentication_type of a user whose password is in the database


class SQLServer(Engine):
    """SQL Server 2012 and later. Without TLS the driver still encrypts the login itself, as every server can."""

    names = ("sqlserver",)
    port = 1433
    longest_name = 128
    rights_in_database = True

    def open(self, fields: Fields, *, tls: bool, authorities: str | None) -> Any:
        """See Engine."""
        try:
            with _driver_settings(authorities):
                return pymssql.connect(
                    server=fields["host"],
                    port=str(self.port_of(fields)),
                    user=fields["username"],
                    password=fields["password"],
                    database=fields.get("dbname") or MASTER,
                    login_timeout=CONNECT_SECONDS,
                    encryption="require" if tls else "request",
                    autocommit=True,
                )
        except pymssql.Error as error:
            number, text = _told(error)
            raise (CredentialsRefused if number == LOGIN_FAILED else LoginRefused)(text) from error

    def close(self, connection: Any) -> None:
        """See Engine."""
        connection.close()

    def check(self, connection: Any) -> None:
        """See Engine."""
        rows(connection, "SELECT @@VERSION")

    def set_password(self, connection: Any, fields: Fields, old: Fields | None = None) -> None:
        """See Engine. A user needs no right to change its own password where it gives the old one."""
        kind = "USER" if _is_contained(connection, fields["username"]) else "LOGIN"
        replaced = f" OLD_PASSWORD = {_literal(old['password'])}" if old else ""
        run(connection, f"ALTER {kind} {bracketed(fields['username'])} WITH PASSWORD = {_literal(fields['password'])}{replaced}")

    def has_user(self, connection: Any, fields: Fields) -> bool:
        """See Engine: a login, or a user that the database holds itself."""
        found = rows(connection, "SELECT 1 FROM sys.server_principals WHERE name = %s", (fields["username"],))
        return bool(found) or _is_contained(connection, fields["username"])

    def clone_user(self, connection: Any, original: Fields, fields: Fields) -> None:
        """See Engine: the new one takes the original one's roles, and its rights in the secret's database. All or nothing."""
        statements = _clone(connection, original["username"], fields)
        run(connection, "BEGIN TRANSACTION")  # whatever fails before COMMIT is rolled back when the connection closes
        for statement in statements:
            run(connection, statement)
        run(connection, "COMMIT TRANSACTION")


def _clone(connection: Any, original: str, fields: Fields) -> list[str]:
    """Return the statements that make the user in `fields` like `original`."""
    user, password = bracketed(fields["username"]), _literal(fields["password"])
    if _is_contained(connection, original):
        return [f"CREATE USER {user} WITH PASSWORD = {password}", *rights_of(connection, original, user)]
    made = [f"CREATE LOGIN {user} WITH PASSWORD = {password}"]
    roles = (
        "SELECT r.name FROM sys.server_role_members m JOIN sys.server_principals r ON r.principal_id = m.role_principal_id "
        "JOIN sys.server_principals u ON u.principal_id = m.member_principal_id WHERE u.name = %s"
    )
    made += [f"ALTER SERVER ROLE {bracketed(role)} ADD MEMBER {user}" for (role,) in rows(connection, roles, (original,))]
    in_database = (
        "SELECT d.name FROM sys.database_principals d JOIN sys.server_principals s ON s.sid = d.sid WHERE s.name = %s AND d.name <> 'dbo'"
    )
    for (owner,) in rows(connection, in_database, (original,)):
        made += [f"CREATE USER {user} FOR LOGIN {user}", *rights_of(connection, owner, user)]
    return made


def _is_contained(connection: Any, username: str) -> bool:
    statement = "SELECT 1 FROM sys.database_principals WHERE name = %s AND authentication_type = %d"
    return bool(rows(connection, statement, (username, CONTAINED)))


def _literal(text: str) -> str:
    """Return a Unicode literal."""
    return "N'" + text.replace("'", "''") + "'"


@contextmanager
def _driver_settings(authorities: str | None) -> Iterator[None]:
    """Let the driver find settings of ours: the authorities can't be given to it otherwise. Each function has its own process."""
    lines = ["[global]", *([f"ca file = {authorities}", "check certificate hostname = yes"] if authorities else [])]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".conf") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.environ["FREETDSCONF"] = file.name
        yield


def _told(error: Exception) -> tuple[int, str]:
    """Return the server's own number and words; the driver gives them as bytes, in a tuple of their own where it could not connect."""
    told = error.args[0] if len(error.args) == 1 and isinstance(error.args[0], tuple) else error.args
    number, text = told if len(told) == 2 else (0, str(error))  # noqa: PLR2004 - a pair
    return number, (text.decode(errors="replace") if isinstance(text, bytes) else str(text)).strip()


single_user = single_user_handler(SQLServer())
alternating_users = alternating_users_handler(SQLServer())
