"""Rotation of Amazon Redshift users, on AWS's redshift_connector.

Source: Redshift Database Developer Guide, "CREATE USER", "ALTER USER", "ALTER GROUP", "GRANT", "SVV_USER_GRANTS",
"SVV_RELATION_PRIVILEGES", "SVV_SCHEMA_PRIVILEGES", "SVV_DATABASE_PRIVILEGES".
"""

from typing import Any

import redshift_connector
from redshift_connector.error import Error

from strongroom.functions.templates.engines import CredentialsRefused, Engine, Fields, LoginRefused
from strongroom.functions.templates.statements import delimited, rows, run
from strongroom.functions.templates.strategies import alternating_users_handler, single_user_handler

ANSWER_SECONDS = 10  # the driver has one limit for connecting and for each answer
_IN_GROUPS = "SELECT g.groname FROM pg_group g, pg_user u WHERE u.usename = %s AND u.usesysid = ANY (g.grolist) AND g.groname IS NOT NULL"


class Redshift(Engine):
    """Redshift clusters and workgroups. The driver always wants a certificate from an authority; with `ssl` it must be the host's too."""

    names = ("redshift",)
    port = 5439
    longest_name = 127
    rights_in_database = True

    def open(self, fields: Fields, *, tls: bool, authorities: str | None) -> Any:
        """See Engine. The driver knows Amazon's authorities and the system's."""
        try:
            connection = redshift_connector.connect(
                host=fields["host"],
                port=self.port_of(fields),
                database=fields.get("dbname") or "dev",
                user=fields["username"],
                password=fields["password"],
                ssl=tls,
                sslmode="verify-full" if authorities else "verify-ca",
                timeout=ANSWER_SECONDS,
                application_name="strongroom",
            )
        except (Error, OSError) as error:
            by_server = error.args[:1] and isinstance(error.args[0], dict)
            raise (CredentialsRefused if by_server else LoginRefused)(_told(error)) from error
        connection.autocommit = True
        return connection

    def close(self, connection: Any) -> None:
        """See Engine."""
        connection.close()

    def check(self, connection: Any) -> None:
        """See Engine."""
        rows(connection, "SELECT CURRENT_DATE")

    def set_password(self, connection: Any, fields: Fields, old: Fields | None = None) -> None:
        """See Engine. The server hashes the password in its own way, and hides it in its logs of statements."""
        del old
        run(connection, f"ALTER USER {delimited(fields['username'])} PASSWORD {_literal(fields['password'])}")

    def has_user(self, connection: Any, fields: Fields) -> bool:
        """See Engine."""
        return bool(rows(connection, "SELECT 1 FROM pg_user WHERE usename = %s", (fields["username"],)))

    def clone_user(self, connection: Any, original: Fields, fields: Fields) -> None:
        """See Engine: the new user is in the original one's groups, and takes its roles and its rights in the secret's database."""
        user = delimited(fields["username"])
        grants = _grants(connection, original["username"], user)
        connection.autocommit = False
        run(connection, f"CREATE USER {user} PASSWORD {_literal(fields['password'])}{_attributes(connection, original['username'])}")
        for statement in grants:
            run(connection, statement)
        connection.commit()


def _attributes(connection: Any, username: str) -> str:
    found = rows(connection, "SELECT usecreatedb, usesuper FROM pg_user WHERE usename = %s", (username,))
    create_database, superuser = found[0] if found else (False, False)
    return (" CREATEDB" if create_database else "") + (" CREATEUSER" if superuser else "")


def _grants(connection: Any, username: str, to: str) -> list[str]:
    """Return the statements that give `to` what was given to a user."""
    groups = rows(connection, _IN_GROUPS, (username,))
    roles = rows(connection, "SELECT role_name, admin_option FROM svv_user_grants WHERE user_name = %s", (username,))
    relations = _privileges(connection, username, "relation", "namespace_name, relation_name")
    return [
        *(f"ALTER GROUP {delimited(group)} ADD USER {to}" for (group,) in groups),
        *(f"GRANT ROLE {delimited(role)} TO {to}{_option('ADMIN', given)}" for role, given in roles),
        *(
            f"GRANT {right} ON {kind.upper()} {delimited(name)} TO {to}{_option('GRANT', given)}"
            for kind, column in (("database", "database_name"), ("schema", "namespace_name"))
            for name, right, given in _privileges(connection, username, kind, column)
        ),
        *(
            f"GRANT {right} ON TABLE {delimited(schema)}.{delimited(relation)} TO {to}{_option('GRANT', given)}"
            for schema, relation, right, given in relations
        ),
    ]


def _privileges(connection: Any, username: str, kind: str, columns: str) -> list[tuple[Any, ...]]:
    """Return the rights of a user on one kind of object: the object's names, the right, and whether it may be granted on."""
    view = f"SELECT {columns}, privilege_type, admin_option FROM svv_{kind}_privileges"  # noqa: S608 - names of ours
    return rows(connection, f"{view} WHERE identity_type = 'user' AND identity_name = %s", (username,))


def _option(kind: str, given: object) -> str:
    return f" WITH {kind} OPTION" if given else ""


def _literal(text: str) -> str:
    """Return a literal: Redshift reads a backslash in it as an escape."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _told(error: Exception) -> str:
    """Return the server's own words; the driver gives a dict of the error's fields."""
    told = error.args[0] if error.args else error
    return str(told.get("M", told)) if isinstance(told, dict) else str(error)


single_user = single_user_handler(Redshift())
alternating_users = alternating_users_handler(Redshift())
