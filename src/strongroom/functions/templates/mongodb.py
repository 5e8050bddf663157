"""Rotation of MongoDB and DocumentDB users, on PyMongo."""

from typing import Any

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from strongroom.functions.templates.engines import CONNECT_SECONDS, CredentialsRefused, Engine, Fields, LoginRefused
from strongroom.functions.templates.strategies import alternating_users_handler, single_user_handler

ADMIN = "admin"


class MongoDB(Engine):
    """MongoDB 4 and later, DocumentDB. Users are those of the `admin` database, or of the secret's `authSource`."""

    names = ("mongo", "mongodb")
    port = 27017
    longest_name = 63
    excluded = Engine.excluded + ":%"

    def open(self, fields: Fields, *, tls: bool, authorities: str | None) -> Any:
        """See Engine."""
        client: Any = pymongo.MongoClient(
            host=fields["host"],
            port=self.port_of(fields),
            username=fields["username"],
            password=fields["password"],
            authSource=_source(fields),
            tls=tls,
            **(_certificate_rules(authorities) if tls else {}),
            serverSelectionTimeoutMS=CONNECT_SECONDS * 1000,
            retryWrites=False,
            directConnection=not fields.get("replicaSet"),
        )
        try:
            client[_source(fields)].command("ping")
            client[_source(fields)].command("usersInfo", fields["username"])
        except PyMongoError as error:
            client.close()
            raise (CredentialsRefused if isinstance(error, OperationFailure) else LoginRefused)(str(error)) from error
        return client

    def close(self, connection: Any) -> None:
        """See Engine."""
        connection.close()

    def check(self, connection: Any) -> None:
        """See Engine."""
        connection[ADMIN].command("ping")

    def set_password(self, connection: Any, fields: Fields, old: Fields | None = None) -> None:
        """See Engine. The user needs the right changeOwnPassword."""
        del old
        connection[_source(fields)].command("updateUser", fields["username"], pwd=fields["password"])

    def has_user(self, connection: Any, fields: Fields) -> bool:
        """See Engine."""
        return bool(connection[_source(fields)].command("usersInfo", fields["username"])["users"])

    def clone_user(self, connection: Any, original: Fields, fields: Fields) -> None:
        """See Engine: the new user has the roles of the original one."""
        users = connection[_source(original)].command("usersInfo", original["username"])["users"]
        roles = users[0]["roles"] if users else []
        connection[_source(fields)].command("createUser", fields["username"], pwd=fields["password"], roles=roles)


def _certificate_rules(authorities: str | None) -> dict[str, Any]:
    """Return the driver's words for them; it wants none of them without TLS, whatever they say."""
    return {"tlsAllowInvalidCertificates": True} if authorities is None else {"tlsCAFile": authorities}


def _source(fields: Fields) -> str:
    return str(fields.get("authSource") or ADMIN)


single_user = single_user_handler(MongoDB())
alternating_users = alternating_users_handler(MongoDB())
