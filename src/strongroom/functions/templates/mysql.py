"""Rotation of MySQL and MariaDB users, on PyMySQL."""

import ssl
from typing import Any

import pymysql

from strongroom.functions.templates.engines import CONNECT_SECONDS, Engine, Fields, LoginRefused
from strongroom.functions.templates.strategies import alternating_users_handler, single_user_handler

_ANYWHERE = "%"
_GRANT_OPTION = " WITH GRANT OPTION"


class MySQL(Engine):
    """MySQL 5.7 and later. Users are those of any host (`'user'@'%'`), as AWS's template makes them."""

    names: tuple[str, ...] = ("mysql", "aurora-mysql")
    port = 3306
    longest_name = 32

    def open(self, fields: Fields, *, tls: bool, verify: bool) -> Any:
        """See Engine."""
        try:
            return pymysql.connect(
                host=fields["host"],
                port=self.port_of(fields),
                user=fields["username"],
                password=fields["password"],
                database=fields.get("dbname") or None,
                connect_timeout=CONNECT_SECONDS,
                ssl=_context(verify=verify) if tls else None,
                ssl_disabled=not tls,
                autocommit=True,
            )
        except (pymysql.MySQLError, OSError) as error:
            raise LoginRefused(str(error)) from error

    def close(self, connection: Any) -> None:
        """See Engine."""
        connection.close()

    def check(self, connection: Any) -> None:
        """See Engine."""
        _rows(connection, "SELECT NOW()")

    def set_password(self, connection: Any, fields: Fields, old: Fields | None = None) -> None:
        """See Engine. A user changes its own password whatever host it is of; the superuser changes that of `%`."""
        if old is not None:
            _rows(connection, "ALTER USER USER() IDENTIFIED BY %s", (fields["password"],))
            return
        _rows(connection, "ALTER USER %s@%s IDENTIFIED BY %s", (fields["username"], _ANYWHERE, fields["password"]))

    def has_user(self, connection: Any, fields: Fields) -> bool:
        """See Engine."""
        return bool(_rows(connection, "SELECT 1 FROM mysql.user WHERE User = %s AND Host = %s", (fields["username"], _ANYWHERE)))

    def clone_user(self, connection: Any, original: Fields, fields: Fields) -> None:
        """See Engine: the grants of the original user are given to the new one."""
        grants = _rows(connection, "SHOW GRANTS FOR %s@%s", (original["username"], _ANYWHERE))
        _rows(connection, "CREATE USER %s@%s IDENTIFIED BY %s", (fields["username"], _ANYWHERE, fields["password"]))
        for (text,) in grants:
            what, found, _ = text.rpartition(" TO ")
            if found:
                option = _GRANT_OPTION if text.endswith(_GRANT_OPTION) else ""
                _rows(connection, f"{what.replace('%', '%%')} TO %s@%s{option}", (fields["username"], _ANYWHERE))


class MariaDB(MySQL):
    """MariaDB 10.4 and later."""

    names = ("mariadb",)
    longest_name = 80

    def set_password(self, connection: Any, fields: Fields, old: Fields | None = None) -> None:
        """See Engine. MariaDB lets a user set its own password only with SET PASSWORD."""
        if old is None:
            super().set_password(connection, fields)
        else:
            _rows(connection, "SET PASSWORD = PASSWORD(%s)", (fields["password"],))


def _context(*, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _rows(connection: Any, statement: str, values: tuple[str, ...] = ()) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


single_user = single_user_handler(MySQL())
alternating_users = alternating_users_handler(MySQL())
mariadb_single_user = single_user_handler(MariaDB())
mariadb_alternating_users = alternating_users_handler(MariaDB())
