"""Wrapped domain keys in a SQLite file, usable before the database is opened."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw

from strongroom.core.errors import OperatorError
from strongroom.storage.dialect import SQLITE
from strongroom.storage.keys import add_domain_key, read_domain_keys
from strongroom.storage.ports import WrappedKey
from strongroom.storage.sqlite.lock import LockFile
from strongroom.storage.sqlite.session import SqliteSession, connect, create_private
from strongroom.storage.system import key_table


class SqliteKeyStore:
    """Implements ports.KeyStore with a connection of its own for each call. Raises OperatorError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def domain_keys(self) -> list[WrappedKey]:
        """See ports.KeyStore."""
        with self._session() as session:
            created = session.rows("SELECT 1 FROM sqlite_schema WHERE name = 'system_domain_keys'")
            return read_domain_keys(session) if created else []

    def add_domain_key(self, key: WrappedKey) -> None:
        """See ports.KeyStore."""
        with self._session() as session, closing(LockFile(self._path)) as lock, lock.held(), session.connection:
            session.rows(key_table(SQLITE))
            add_domain_key(session, key)

    @contextmanager
    def _session(self) -> Iterator[SqliteSession]:
        try:
            create_private(self._path)
            with closing(connect(self._path)) as connection:
                yield SqliteSession(connection)
        except (apsw.Error, OSError) as error:
            raise OperatorError(f"the domain keys in {self._path} are out of reach: {error}") from error
