"""The servers as fixtures: each started once for a run, when a test first wants it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest
from tests.support.databases.keyed import MongodbServer, RedisServer, Server, ValkeyServer
from tests.support.databases.redshift import RedshiftStandIn
from tests.support.databases.sql import MariadbServer, MysqlServer, PasswordPostgresql

S = TypeVar("S", bound=MariadbServer | Server)
P = TypeVar("P", bound=PasswordPostgresql)


@contextmanager
def _running(server: S) -> Iterator[S]:
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def _running_postgresql(server: P) -> Iterator[P]:
    try:
        server.start()
        yield server
        server.stop()
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgresql_with_passwords() -> Iterator[PasswordPostgresql]:
    """Give a running PostgreSQL."""
    with _running_postgresql(PasswordPostgresql()) as server:
        yield server


@pytest.fixture(scope="session")
def redshift() -> Iterator[RedshiftStandIn]:
    """Give a PostgreSQL that Redshift's driver can talk to."""
    with _running_postgresql(RedshiftStandIn()) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariadbServer]:
    """Give a running MariaDB."""
    with _running(MariadbServer()) as server:
        yield server


@pytest.fixture(scope="session")
def mysql() -> Iterator[MysqlServer]:
    """Give a running MySQL."""
    with _running(MysqlServer()) as server:
        yield server


@pytest.fixture(scope="session")
def mongodb() -> Iterator[MongodbServer]:
    """Give a running MongoDB."""
    with _running(MongodbServer()) as server:
        yield server


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """Give a running Valkey."""
    with _running(ValkeyServer()) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """Give a running Redis."""
    with _running(RedisServer()) as server:
        yield server
