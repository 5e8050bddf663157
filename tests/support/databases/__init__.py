"""Real database servers for tests of rotation, started on free ports; and how to log in to them."""

from tests.support.databases.fixtures import mariadb, mongodb, mysql, postgresql_with_passwords, redis_server, redshift, valkey
from tests.support.databases.logins import HOST, REFUSED, Login, connect, free_port

__all__ = [
    "HOST",
    "REFUSED",
    "Login",
    "connect",
    "free_port",
    "mariadb",
    "mongodb",
    "mysql",
    "postgresql_with_passwords",
    "redis_server",
    "redshift",
    "valkey",
]
