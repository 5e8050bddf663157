"""Stores for contract tests: the same tests run on SQLite and on PostgreSQL."""

import hmac
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import apsw
import msgspec
import psycopg
import pytest

from strongroom.core.secret import SecretBytes
from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.crypto.records import RecordSealer
from strongroom.crypto.seals import RootKeySeal
from strongroom.storage.ports import JournalChain, JournalEntry, KeyStore, UnitOfWork
from strongroom.storage.postgresql.database import PostgresqlDatabase
from strongroom.storage.postgresql.keys import PostgresqlKeyStore
from strongroom.storage.sqlite.database import SqliteDatabase
from strongroom.storage.sqlite.keys import SqliteKeyStore
from strongroom.storage.table import Index, Table, table

AnyDatabase = SqliteDatabase | PostgresqlDatabase


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """A record with every kind of column."""

    account_id: str
    name: str
    due: int | None = None
    alias: str | None = None
    value: int = 0
    body: SecretBytes = SecretBytes(b"")


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """A record of a second table."""

    account_id: str
    count: int = 0


THINGS = table("things", Thing, key=("account_id", "name"), indexes=(Index("by_due", ("due",)), Index("by_alias", ("account_id", "alias"))))
OWNERS = table("owners", Owner, key=("account_id",))
TABLES: tuple[Table[Any], ...] = (THINGS, OWNERS)


class Chain:
    """A journal chain that anybody can check."""

    def __init__(self, writer_id: str) -> None:
        self.writer_id = writer_id
        self.last: tuple[int, bytes] = (0, b"")

    def head(self) -> tuple[int, bytes]:
        """See JournalChain."""
        return self.last

    def link(self, sequence: int, previous: bytes, body: bytes) -> bytes:
        """See JournalChain."""
        return hmac.digest(b"chain", previous + sequence.to_bytes(8, "big") + body, "sha256")

    def committed(self, sequence: int, mac: bytes) -> None:
        """See JournalChain."""
        self.last = (sequence, mac)


class Medium(Protocol):
    """Where a store's rows are."""

    def database(self, tables: Sequence[Table[Any]], sealer: RecordSealer, chain: JournalChain | None, cache_bytes: int) -> AnyDatabase:
        """Return a database on it, not opened."""
        ...

    def keys(self) -> KeyStore:
        """Return its key store."""
        ...

    def run(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """Run SQL behind the server's back. Parameters are written as `?`."""
        ...


class SqliteMedium:
    """A file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def database(self, tables: Sequence[Table[Any]], sealer: RecordSealer, chain: JournalChain | None, cache_bytes: int) -> AnyDatabase:
        """See Medium."""
        return SqliteDatabase(self.path, tables, sealer, chain, cache_bytes=cache_bytes)

    def keys(self) -> KeyStore:
        """See Medium."""
        return SqliteKeyStore(self.path)

    def run(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """See Medium."""
        connection = apsw.Connection(str(self.path))
        try:
            return connection.execute(sql, arguments).fetchall()
        finally:
            connection.close()


class PostgresqlMedium:
    """A database of the session's server."""

    def __init__(self, url: str) -> None:
        self.url = url

    def database(self, tables: Sequence[Table[Any]], sealer: RecordSealer, chain: JournalChain | None, cache_bytes: int) -> AnyDatabase:
        """See Medium."""
        return PostgresqlDatabase(self.url, tables, sealer, chain, cache_bytes=cache_bytes)

    def keys(self) -> KeyStore:
        """See Medium."""
        return PostgresqlKeyStore(self.url)

    def run(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """See Medium."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql.replace("?", "%s"), arguments)
            return cursor.fetchall() if cursor.description else []


class Backend:
    """A store that tests open any number of databases on, as processes or nodes would."""

    def __init__(self, medium: Medium) -> None:
        self.medium = medium
        self.ring = DomainKeyRing.create(medium.keys(), RootKeySeal(SecretBytes(bytes(32)), "test"), 0)
        self.run = medium.run
        self._opened: list[AnyDatabase] = []

    def open(self, tables: Sequence[Table[Any]] = TABLES, chain: JournalChain | None = None, cache_bytes: int = 1 << 24) -> AnyDatabase:
        """Return an open database; the fixture closes it."""
        database = self.medium.database(tables, RecordSealer(self.ring), chain, cache_bytes)
        database.open()
        self._opened.append(database)
        return database

    def close(self) -> None:
        """Close every database that is still open."""
        for database in self._opened:
            database.close()
        self._opened.clear()

    def close_one(self, database: AnyDatabase) -> None:
        """Close one database before the test ends."""
        self._opened.remove(database)
        database.close()


def thing(name: str, **members: Any) -> Thing:
    """Return a Thing of the account "a"."""
    return Thing(**{"account_id": "a", "name": name, **members})


def put(database: AnyDatabase, *things: Thing) -> None:
    """Insert records, or replace those that exist, in one committed unit."""
    unit = database.begin(inline=False)
    for record in things:
        if unit.get(THINGS, *THINGS.key_of(record)) is None:
            unit.insert(THINGS, record)
        else:
            unit.replace(THINGS, record)
    database.commit(unit).result()


def value_of(database: AnyDatabase, name: str) -> int | None:
    """Return what a fresh unit of work sees."""
    record = database.begin(inline=False).get(THINGS, "a", name)
    return None if record is None else record.value


def journal_entry(request_id: str, nested: int = 0, body: bytes = b"{}") -> JournalEntry:
    """Return an audit event of account "a"."""
    return JournalEntry(request_id, nested, "a", 1_000, body)


def names(records: Sequence[Thing]) -> list[str]:
    """Return the names of records, in order."""
    return [record.name for record in records]


def bump(unit: UnitOfWork, name: str) -> None:
    """Add one to a record's value, in the unit."""
    record = unit.get(THINGS, "a", name)
    assert record is not None
    unit.replace(THINGS, msgspec.structs.replace(record, value=record.value + 1))


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    """Give an empty store of each engine."""
    medium: Medium
    if request.param == "sqlite":
        medium = SqliteMedium(tmp_path / "strongroom.db")
    else:
        medium = PostgresqlMedium(request.getfixturevalue("postgresql_url"))
    made = Backend(medium)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def database(backend: Backend) -> AnyDatabase:
    """Give an open database of each engine."""
    return backend.open()
