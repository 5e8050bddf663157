"""Rotation of Valkey and Redis ACL users, on redis-py. A user may have two passwords, so no login fails at any time.

AWS's template changes an ElastiCache user through the ElastiCache API; here the server's own ACL commands do the same: afterwards the
user has the new password and the one before it, and the next rotation takes the older one away.
"""

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from strongroom.functions.templates.engines import CONNECT_SECONDS, CredentialsRefused, Engine, Fields, LoginRefused
from strongroom.functions.templates.secret import RotationError
from strongroom.functions.templates.strategies import single_user_handler


class Valkey(Engine):
    """Valkey and Redis 6 and later. The superuser in `masterarn` runs ACL SETUSER; without one the user needs that right itself."""

    names = ("valkey", "redis")
    port = 6379
    longest_name = 128
    superuser_sets = True

    def open(self, fields: Fields, *, tls: bool, authorities: str | None) -> Any:
        """See Engine."""
        client = redis.Redis(
            host=fields["host"],
            port=self.port_of(fields),
            username=fields["username"],
            password=fields["password"],
            ssl=tls,
            ssl_cert_reqs="required" if authorities else "none",
            ssl_check_hostname=authorities is not None,
            ssl_ca_certs=authorities,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=CONNECT_SECONDS,
            retry=Retry(NoBackoff(), 0),  # the engine tries again, and says why
        )
        try:
            client.ping()
        except redis.RedisError as error:
            client.close()
            by_server = isinstance(error, redis.AuthenticationError | redis.ResponseError)
            raise (CredentialsRefused if by_server else LoginRefused)(str(error)) from error
        return client

    def close(self, connection: Any) -> None:
        """See Engine."""
        connection.close()

    def check(self, connection: Any) -> None:
        """See Engine."""
        connection.ping()

    def set_password(self, connection: Any, fields: Fields, old: Fields | None = None) -> None:
        """See Engine: the new password joins the present one, and others go. One command, so there is no time with neither."""
        kept = [f">{old['password']}"] if old else []
        connection.execute_command("ACL", "SETUSER", fields["username"], "resetpass", *kept, f">{fields['password']}")

    def has_user(self, connection: Any, fields: Fields) -> bool:
        """See Engine."""
        return connection.execute_command("ACL", "GETUSER", fields["username"]) is not None

    def clone_user(self, connection: Any, original: Fields, fields: Fields) -> None:
        """Say that this is not done: two passwords make alternating users needless."""
        del connection, original, fields
        raise RotationError("Valkey users are rotated with two passwords, not by alternating users")


single_user = single_user_handler(Valkey())
