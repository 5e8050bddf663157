"""Wrapped domain keys in PostgreSQL, usable before the database is opened."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from strongroom.core.errors import OperatorError
from strongroom.storage.dialect import POSTGRESQL
from strongroom.storage.keys import add_domain_key, read_domain_keys
from strongroom.storage.ports import WrappedKey
from strongroom.storage.postgresql.session import PostgresqlSession, connect
from strongroom.storage.postgresql.transactions import TAKE_LOCK, WRITER_LOCK
from strongroom.storage.system import key_table


class PostgresqlKeyStore:
    """Implements ports.KeyStore with a connection of its own for each call. Raises OperatorError."""

    def __init__(self, url: str) -> None:
        self._url = url

    def domain_keys(self) -> list[WrappedKey]:
        """See ports.KeyStore."""
        with self._session() as session:
            created = session.rows("SELECT 1 WHERE to_regclass('system_domain_keys') IS NOT NULL")
            return read_domain_keys(session) if created else []

    def add_domain_key(self, key: WrappedKey) -> None:
        """See ports.KeyStore."""
        with self._session() as session:
            session.rows(TAKE_LOCK, (WRITER_LOCK,))
            session.rows(key_table(POSTGRESQL))
            add_domain_key(session, key)

    @contextmanager
    def _session(self) -> Iterator[PostgresqlSession]:
        try:
            with connect(self._url, autocommit=False) as connection:
                yield PostgresqlSession(connection)
        except psycopg.Error as error:
            raise OperatorError(f"the domain keys in PostgreSQL are out of reach: {error}") from error
