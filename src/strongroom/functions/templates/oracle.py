"""Rotation of Oracle Database users, on python-oracledb."""

from typing import Any

import oracledb

from strongroom.functions.templates.engines import CONNECT_SECONDS, Engine, Fields, LoginRefused
from strongroom.functions.templates.secret import RotationError
from strongroom.functions.templates.strategies import alternating_users_handler, single_user_handler


class Oracle(Engine):
    """Oracle Database 12.1 and later, in the driver's thin mode. Names and passwords are quoted, so neither may hold a double quote."""

    names = ("oracle",)
    port = 1521
    longest_name = 30
    excluded = Engine.excluded + "`;&"

    def open(self, fields: Fields, *, tls: bool, verify: bool) -> Any:
        """See Engine."""
        if not fields.get("dbname"):
            raise RotationError("the secret has no dbname")
        try:
            return oracledb.connect(
                user=fields["username"],
                password=fields["password"],
                host=fields["host"],
                port=self.port_of(fields),
                service_name=fields["dbname"],
                protocol="tcps" if tls else "tcp",
                ssl_server_dn_match=verify,
                tcp_connect_timeout=CONNECT_SECONDS,
            )
        except oracledb.Error as error:
            raise LoginRefused(str(error)) from error

    def close(self, connection: Any) -> None:
        """See Engine."""
        connection.close()

    def check(self, connection: Any) -> None:
        """See Engine."""
        _rows(connection, "SELECT SYSDATE FROM DUAL")

    def set_password(self, connection: Any, fields: Fields, old: Fields | None = None) -> None:
        """See Engine."""
        replaced = f" REPLACE {_quoted(old['password'])}" if old else ""
        _run(connection, f"ALTER USER {_quoted(fields['username'])} IDENTIFIED BY {_quoted(fields['password'])}{replaced}")

    def has_user(self, connection: Any, fields: Fields) -> bool:
        """See Engine."""
        return bool(_rows(connection, "SELECT 1 FROM ALL_USERS WHERE USERNAME = :name", name=fields["username"].upper()))

    def clone_user(self, connection: Any, original: Fields, fields: Fields) -> None:
        """See Engine: the new user connects as the original one may, and takes its roles and system rights."""
        name = _quoted(fields["username"].upper())
        _run(connection, f"CREATE USER {name} IDENTIFIED BY {_quoted(fields['password'])}")
        rights = (
            "SELECT GRANTED_ROLE FROM DBA_ROLE_PRIVS WHERE GRANTEE = :name UNION SELECT PRIVILEGE FROM DBA_SYS_PRIVS WHERE GRANTEE = :name"
        )
        for (right,) in _rows(connection, rights, name=original["username"].upper()):
            _run(connection, f"GRANT {right} TO {name}")


def _quoted(text: str) -> str:
    if '"' in text:
        raise RotationError("Oracle names and passwords can't hold double quotes")
    return f'"{text}"'


def _rows(connection: Any, statement: str, **values: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _run(connection: Any, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


single_user = single_user_handler(Oracle())
alternating_users = alternating_users_handler(Oracle())
