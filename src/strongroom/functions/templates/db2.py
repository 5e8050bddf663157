"""Rotation of Db2 users, on ibm_db. Db2 keeps no passwords itself: Amazon RDS has procedures that change them, elsewhere a login can.

Source: Amazon RDS User Guide, "Amazon RDS for Db2 stored procedures for managing user access"; Db2 documentation, "SQLDriverConnect"
(NEWPWD), "SSLServerCertificate", "SSLClientHostnameValidation".
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import ibm_db_dbi

from strongroom.functions.templates.db2_rights import CONNECTS, groups_of, rights_of
from strongroom.functions.templates.engines import CONNECT_SECONDS, CredentialsRefused, Engine, Fields, LoginRefused
from strongroom.functions.templates.secret import RotationError
from strongroom.functions.templates.statements import rows, run
from strongroom.functions.templates.strategies import alternating_users_handler, single_user_handler

CREDENTIALS = "SQL30082N"  # the message for refused credentials
RDS_DATABASE = "rdsadmin"
_SEPARATORS = ";{}="


@dataclass(frozen=True)
class Session:
    """A connection, and the credentials that it was opened with: RDS keeps its procedures in a database of their own."""

    handle: Any
    fields: Fields


class Db2(Engine):
    """Db2 11.5 and later.

    With `masterarn` the superuser calls RDS's procedures. Without it a single user changes its password while it logs in, where the
    server's password plug-in allows that: an engine made with `new_password` does so at each login.
    """

    names = ("db2",)
    port = 50000
    longest_name = 128
    excluded = Engine.excluded + _SEPARATORS
    superuser_sets = True
    rights_in_database = True

    def __init__(self, new_password: str | None = None) -> None:
        self._new_password = new_password

    def open(self, fields: Fields, *, tls: bool, authorities: str | None) -> Session:
        """See Engine. Without `authorities` the driver's own settings say which certificates it takes."""
        words = {
            "DATABASE": fields.get("dbname"),
            "HOSTNAME": fields["host"],
            "PORT": self.port_of(fields),
            "PROTOCOL": "TCPIP",
            "CONNECTTIMEOUT": CONNECT_SECONDS,
            "UID": fields["username"],
            "PWD": fields["password"],
            "NEWPWD": self._new_password,
            "SECURITY": "SSL" if tls else None,
            "SSLServerCertificate": authorities,
            "SSLClientHostnameValidation": "Basic" if authorities else None,
        }
        if not words["DATABASE"]:
            raise RotationError("the secret has no dbname")
        options = {ibm_db_dbi.SQL_ATTR_AUTOCOMMIT: ibm_db_dbi.SQL_AUTOCOMMIT_ON}
        try:
            handle = ibm_db_dbi.connect(_connection_string(words), fields["username"], conn_options=options)
        except ibm_db_dbi.Error as error:
            text = str(error).strip()
            raise (CredentialsRefused if CREDENTIALS in text else LoginRefused)(text) from error
        return Session(handle, fields)

    def close(self, connection: Session) -> None:
        """See Engine."""
        connection.handle.close()

    def check(self, connection: Session) -> None:
        """See Engine."""
        rows(connection.handle, "SELECT CURRENT TIMESTAMP FROM SYSIBM.SYSDUMMY1")

    def set_password(self, connection: Session, fields: Fields, old: Fields | None = None) -> None:
        """See Engine."""
        if old is None or fields.get("masterarn"):
            self._call(connection, "change_password", fields["username"], fields["password"])
            return
        with Db2(fields["password"]).connection(old):
            pass  # the login itself changed it

    def has_user(self, connection: Session, fields: Fields) -> bool:
        """See Engine: one that may connect to the database, which is what clone_user grants last."""
        return bool(rows(connection.handle, CONNECTS, (fields["username"].upper(),)))

    def clone_user(self, connection: Session, original: Fields, fields: Fields) -> None:
        """See Engine: the new user is in the original one's groups and takes its roles and its rights in the secret's database."""
        owner, name = original["username"].upper(), fields["username"]
        statements = rights_of(connection.handle, owner, name.upper())
        self._add(connection, name, fields["password"], ",".join(groups_of(connection.handle, owner)))
        for statement in statements:
            run(connection.handle, statement)

    def _add(self, connection: Session, name: str, password: str, groups: str) -> None:
        """Add a user; where an earlier attempt has done so and then ended, set its password. Raises the database's error for adding it."""
        try:
            self._call(connection, "add_user", name, password, groups)
        except ibm_db_dbi.Error:
            with suppress(ibm_db_dbi.Error):
                self._call(connection, "change_password", name, password)
                return
            raise

    def _call(self, connection: Session, procedure: str, *values: str) -> None:
        """Call one of RDS's procedures as the superuser whose connection this is."""
        with self.connection({**connection.fields, "dbname": RDS_DATABASE}) as admin:
            run(admin.handle, f"CALL rdsadmin.{procedure}({', '.join('?' * len(values))})", values)


def _connection_string(words: dict[str, Any]) -> str:
    """Return the driver's form of these settings, without those that are None. Raises RotationError for what would read as further ones."""
    given = {name: str(value) for name, value in words.items() if value is not None}
    for name, value in given.items():
        if any(character in value for character in _SEPARATORS):
            raise RotationError(f"what the secret gives as {name} can't hold any of the characters {_SEPARATORS}")
    return "".join(f"{name}={value};" for name, value in given.items())


single_user = single_user_handler(Db2())
alternating_users = alternating_users_handler(Db2())
