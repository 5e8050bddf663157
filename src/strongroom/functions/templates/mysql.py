"""Rotation of MySQL and MariaDB users, on PyMySQL."""

from typing import Any

import pymysql

from strongroom.functions.templates.authorities import tls_context
from strongroom.functions.templates.engines import CONNECT_SECONDS, CredentialsRefused, Engine, Fields, LoginRefused, undone_on_error
from strongroom.functions.templates.statements import rows, run
from strongroom.functions.templates.strategies import alternating_users_handler, single_user_handler

_ANYWHERE = "%"
_SERVER_ERRORS = range(1000, 2000)  # the driver's own errors begin at 2000
_OPTIONS = (" WITH GRANT OPTION", " WITH ADMIN OPTION")
_REQUIRED = {"ANY": " REQUIRE SSL", "X509": " REQUIRE X509", "SPECIFIED": " REQUIRE X509"}


class MySQL(Engine):
    """MySQL 5.7 and later. Users are those of any host (`'user'@'%'`), as AWS's template makes them."""

    names: tuple[str, ...] = ("mysql", "aurora-mysql")
    port = 3306
    longest_name = 32

    def open(self, fields: Fields, *, tls: bool, authorities: str | None) -> Any:
        """See Engine."""
        try:
            return pymysql.connect(
                host=fields["host"],
                port=self.port_of(fields),
                user=fields["username"],
                password=fields["password"],
                database=fields.get("dbname") or None,
                connect_timeout=CONNECT_SECONDS,
                ssl=tls_context(authorities) if tls else None,
                ssl_disabled=not tls,
                autocommit=True,
            )
        except (pymysql.MySQLError, OSError) as error:
            by_server = error.args[:1] and error.args[0] in _SERVER_ERRORS
            raise (CredentialsRefused if by_server else LoginRefused)(str(error)) from error

    def close(self, connection: Any) -> None:
        """See Engine."""
        connection.close()

    def check(self, connection: Any) -> None:
        """See Engine."""
        rows(connection, "SELECT NOW()")

    def set_password(self, connection: Any, fields: Fields, old: Fields | None = None) -> None:
        """See Engine. A user changes its own password whatever host it is of; the superuser changes that of `%`."""
        if old is not None:
            run(connection, "ALTER USER USER() IDENTIFIED BY %s", (fields["password"],))
            return
        run(connection, "ALTER USER %s@%s IDENTIFIED BY %s", (fields["username"], _ANYWHERE, fields["password"]))

    def has_user(self, connection: Any, fields: Fields) -> bool:
        """See Engine."""
        return bool(rows(connection, "SELECT 1 FROM mysql.user WHERE User = %s AND Host = %s", (fields["username"], _ANYWHERE)))

    def clone_user(self, connection: Any, original: Fields, fields: Fields) -> None:
        """See Engine: the new user takes the original one's grants, default roles and whether it must use TLS."""
        name = (fields["username"], _ANYWHERE)
        grants = rows(connection, "SHOW GRANTS FOR %s@%s", (original["username"], _ANYWHERE))
        required = rows(connection, "SELECT ssl_type FROM mysql.user WHERE User = %s AND Host = %s", (original["username"], _ANYWHERE))
        tls = _REQUIRED.get(required[0][0], "") if required else ""
        run(connection, f"CREATE USER %s@%s IDENTIFIED BY %s{tls}", (*name, fields["password"]))
        with undone_on_error(lambda: run(connection, "DROP USER %s@%s", name)):
            for (text,) in grants:
                self._give(connection, text, name)
            roles = self._default_roles(connection, original["username"])
            if roles:
                listed = ", ".join(["%s@%s"] * len(roles))
                run(connection, f"ALTER USER %s@%s DEFAULT ROLE {listed}", (*name, *(part for role in roles for part in role)))

    def _give(self, connection: Any, text: str, name: tuple[str, str]) -> None:
        """Repeat one line of SHOW GRANTS for another user."""
        for word in (" TO ", " FOR "):
            what, found, _ = text.rpartition(word)
            if found:
                option = next((option for option in _OPTIONS if text.endswith(option)), "")
                run(connection, f"{what.replace('%', '%%')}{word}%s@%s{option}", name)
                return

    def _default_roles(self, connection: Any, user: str) -> Any:
        """Return name and host of the roles that a login has at once. MySQL 5.7 has no roles."""
        if not rows(connection, "SHOW TABLES FROM mysql LIKE 'default_roles'"):
            return ()
        statement = "SELECT DEFAULT_ROLE_USER, DEFAULT_ROLE_HOST FROM mysql.default_roles WHERE USER = %s AND HOST = %s"
        return rows(connection, statement, (user, _ANYWHERE))


class MariaDB(MySQL):
    """MariaDB 10.4 and later."""

    names = ("mariadb",)
    longest_name = 80

    def set_password(self, connection: Any, fields: Fields, old: Fields | None = None) -> None:
        """See Engine. MariaDB lets a user set its own password only with SET PASSWORD."""
        if old is None:
            super().set_password(connection, fields)
        else:
            run(connection, "SET PASSWORD = PASSWORD(%s)", (fields["password"],))


single_user = single_user_handler(MySQL())
alternating_users = alternating_users_handler(MySQL())
mariadb_single_user = single_user_handler(MariaDB())
mariadb_alternating_users = alternating_users_handler(MariaDB())
