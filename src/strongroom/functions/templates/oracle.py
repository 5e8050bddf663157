"""Rotation of Oracle Database users, on python-oracledb."""

from typing import Any

import oracledb

from strongroom.functions.templates.authorities import tls_context
from strongroom.functions.templates.engines import CONNECT_SECONDS, CredentialsRefused, Engine, Fields, LoginRefused, undone_on_error
from strongroom.functions.templates.secret import RotationError
from strongroom.functions.templates.statements import rows, run
from strongroom.functions.templates.strategies import alternating_users_handler, single_user_handler


class Oracle(Engine):
    """Oracle Database 12.1 and later, in the driver's thin mode.

    Names and passwords are quoted in statements, so neither may hold a double quote. Names are upper case, as they are where nobody quotes
    them (and as the server reads them at a login).
    """

    names = ("oracle",)
    port = 1521
    longest_name = 30
    excluded = Engine.excluded + "`;&"

    def open(self, fields: Fields, *, tls: bool, authorities: str | None) -> Any:
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
                ssl_context=tls_context(authorities) if tls else None,
                ssl_server_dn_match=authorities is not None,
                tcp_connect_timeout=CONNECT_SECONDS,
            )
        except oracledb.Error as error:
            by_server = str(error).startswith("ORA-")  # the driver's own errors begin with DPY
            raise (CredentialsRefused if by_server else LoginRefused)(str(error)) from error

    def close(self, connection: Any) -> None:
        """See Engine."""
        connection.close()

    def check(self, connection: Any) -> None:
        """See Engine."""
        rows(connection, "SELECT SYSDATE FROM DUAL")

    def set_password(self, connection: Any, fields: Fields, old: Fields | None = None) -> None:
        """See Engine."""
        replaced = f" REPLACE {_quoted(old['password'])}" if old else ""
        run(connection, f"ALTER USER {_name(fields)} IDENTIFIED BY {_quoted(fields['password'])}{replaced}")

    def has_user(self, connection: Any, fields: Fields) -> bool:
        """See Engine."""
        return bool(rows(connection, "SELECT 1 FROM ALL_USERS WHERE USERNAME = :name", {"name": fields["username"].upper()}))

    def clone_user(self, connection: Any, original: Fields, fields: Fields) -> None:
        """See Engine: the new user takes the original one's roles and its rights on the system and on objects."""
        grants = _grants(connection, original["username"].upper())
        run(connection, f"CREATE USER {_name(fields)} IDENTIFIED BY {_quoted(fields['password'])}")
        with undone_on_error(lambda: run(connection, f"DROP USER {_name(fields)}")):
            for right, option in grants:
                run(connection, f"GRANT {right} TO {_name(fields)}{option}")


def _grants(connection: Any, grantee: str) -> list[tuple[str, str]]:
    """Return what was granted to a user: the text before TO, and the option after the name."""
    admin = {"YES": " WITH ADMIN OPTION"}
    roles = rows(connection, "SELECT GRANTED_ROLE, ADMIN_OPTION FROM DBA_ROLE_PRIVS WHERE GRANTEE = :name", {"name": grantee})
    system = rows(connection, "SELECT PRIVILEGE, ADMIN_OPTION FROM DBA_SYS_PRIVS WHERE GRANTEE = :name", {"name": grantee})
    objects = rows(
        connection, "SELECT PRIVILEGE, TYPE, OWNER, TABLE_NAME, GRANTABLE FROM DBA_TAB_PRIVS WHERE GRANTEE = :name", {"name": grantee}
    )
    return [
        *((_quoted(role), admin.get(option, "")) for role, option in roles),
        *((right, admin.get(option, "")) for right, option in system),
        *(
            (f"{right} ON {_object(kind, owner, name)}", " WITH GRANT OPTION" if grantable == "YES" else "")
            for right, kind, owner, name, grantable in objects
        ),
    ]


def _object(kind: str, owner: str, name: str) -> str:
    """Return an object as GRANT names it: directories and users have no owner."""
    if kind in {"DIRECTORY", "USER"}:
        return f"{kind} {_quoted(name)}"
    return f"{_quoted(owner)}.{_quoted(name)}"


def _name(fields: Fields) -> str:
    return _quoted(fields["username"].upper())


def _quoted(text: str) -> str:
    if '"' in text:
        raise RotationError("Oracle names and passwords can't hold double quotes")
    return f'"{text}"'


single_user = single_user_handler(Oracle())
alternating_users = alternating_users_handler(Oracle())
