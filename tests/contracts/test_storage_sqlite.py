"""What only SQLite can do to us: locks, full disks, and processes that share a file."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest
from tests.support.stores import THINGS, AnyDatabase, Backend, Chain, SqliteMedium, bump, journal_entry, put, thing, value_of

from strongroom.core.control import MustBlock
from strongroom.core.errors import OperatorError, ServiceUnavailable
from strongroom.core.secret import SecretBytes
from strongroom.crypto.records import RecordSealer
from strongroom.storage.queries import make_query, search_sql
from strongroom.storage.sqlite import session, transactions
from strongroom.storage.sqlite.database import SqliteDatabase
from strongroom.storage.sqlite.keys import SqliteKeyStore
from strongroom.storage.verify import verify

MEGABYTE = 1024 * 1024


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give where the file will be."""
    return tmp_path / "strongroom.db"


@pytest.fixture
def store(path: Path) -> Iterator[Backend]:
    """Give an empty store."""
    made = Backend(SqliteMedium(path))
    yield made
    made.close()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold SQLite's own write lock, as a careless tool would."""
    connection = apsw.Connection(str(path))
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def test_only_the_owner_can_read_the_files(store: Backend, path: Path) -> None:
    """The database, its log, its shared memory and the lock file."""
    put(store.open(), thing("x"))
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert set(modes) == {f"strongroom.db{suffix}" for suffix in ("", "-wal", "-shm", ".lock")}
    assert set(modes.values()) == {0o600}


def test_another_process_s_change_is_seen_by_the_very_next_unit(store: Backend) -> None:
    """Inline, with no wait at all."""
    one, two = store.open(), store.open()
    for value in range(20):
        put(one, thing("x", value=value))
        record = two.begin(inline=True).get(THINGS, "a", "x")
        assert record is not None
        assert record.value == value


def test_reads_by_key_and_short_searches_run_inline(store: Backend) -> None:
    """A miss costs microseconds here, so it needs no thread."""
    put(store.open(), thing("x", value=1, due=1))
    unit = store.open().begin(inline=True)
    assert unit.get(THINGS, "a", "x") is not None
    assert unit.get(THINGS, "a", "y") is None
    assert len(unit.scan(THINGS, "a", limit=100)) == 1
    assert len(unit.range(THINGS, "by_due", until=1, limit=100)) == 1


def test_a_locked_database_is_answered_as_unavailable_and_works_again(store: Backend, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the refused units is written."""
    monkeypatch.setattr(session, "BUSY_MILLISECONDS", 50)
    database = store.open()
    with locked(path):
        futures = []
        for name in ("one", "two"):
            unit = database.begin(inline=False)
            unit.insert(THINGS, thing(name))
            futures.append(database.commit(unit))
        assert [type(future.exception()) for future in futures] == [ServiceUnavailable] * 2
        with pytest.raises(ServiceUnavailable):
            database.leases().acquire("job", "one", 1)
        assert value_of(database, "one") is None
    put(database, thing("two"))
    assert [value_of(database, name) for name in ("one", "two")] == [None, 0]


class NoSealer(RecordSealer):
    """A sealer without keys: nothing is sealed before the schema is there."""

    def __init__(self) -> None:
        """Take nothing."""


def limit_pages(database: AnyDatabase, pages: int) -> None:
    """Pretend that the disk holds no more than this; 0 is the size now."""
    database.engine.writer.call(lambda inside: inside.rows(f"PRAGMA max_page_count = {pages or 1}"))


def test_a_full_disk_is_answered_as_unavailable_and_nothing_is_half_written(store: Backend) -> None:
    """After space was made, the same unit goes through, and the journal's chain is whole."""
    database = store.open(chain=Chain("w"))
    put(database, thing("x", value=1))
    limit_pages(database, 0)
    unit = database.begin(inline=False)
    bump(unit, "x")
    unit.insert(THINGS, thing("large", body=SecretBytes(bytes(MEGABYTE))))
    unit.attach([journal_entry("r1")])
    with pytest.raises(ServiceUnavailable):
        database.commit(unit).result()
    assert value_of(database, "x") == 1
    limit_pages(database, 1_000_000)
    database.commit(unit).result()
    assert value_of(database, "x") == 2
    assert [row.sequence for row in database.audit().journal("w", 0, 10)] == [1]
    assert verify(database).findings == []


def test_a_failing_commit_is_answered_as_unavailable(store: Backend, path: Path) -> None:
    """The disk may fail at the very last step; the unit is then not there."""
    database = store.open()
    put(database, thing("x"))
    connection = database.engine.writer._transactions._session.connection  # type: ignore[attr-defined]
    connection.set_commit_hook(lambda: True)
    unit = database.begin(inline=False)
    bump(unit, "x")
    with pytest.raises(ServiceUnavailable):
        database.commit(unit).result()
    connection.set_commit_hook(None)
    assert value_of(database, "x") == 0
    database.commit(unit).result()
    assert value_of(database, "x") == 1
    assert path.exists()


def test_a_file_that_is_no_database_is_refused_at_start(path: Path) -> None:
    """With an answer that says what is wrong, and without touching it."""
    path.write_bytes(b"not a database" * 1000)
    database = SqliteDatabase(path, (), NoSealer())
    with pytest.raises(OperatorError, match=r"strongroom\.db can't be opened as a database: file is not a database"):
        database.open()
    with pytest.raises(OperatorError, match="out of reach: file is not a database"):
        SqliteKeyStore(path).domain_keys()
    assert path.read_bytes() == b"not a database" * 1000


def test_the_log_does_not_grow_without_end(store: Backend, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer moves it into the database."""
    monkeypatch.setattr(transactions, "CHECKPOINT_PAGES", 50)
    database = store.open()
    for number in range(300):
        put(database, thing(f"{number:03}", body=SecretBytes(bytes(4_000))))
    assert path.with_name("strongroom.db-wal").stat().st_size < MEGABYTE


def test_a_cached_read_costs_microseconds(store: Backend) -> None:
    """The hot path: a unit with six reads. The budget is 10 us; the bound here allows for a busy machine."""
    database = store.open()
    names = [f"{number}" for number in range(6)]
    put(database, *(thing(name) for name in names))
    best = min(_seconds(database, names) for _ in range(200))
    assert best < 30e-6


def _seconds(database: AnyDatabase, names: list[str]) -> float:
    start = time.perf_counter()
    unit = database.begin(inline=True)
    for name in names:
        unit.get(THINGS, "a", name)
    return time.perf_counter() - start


def test_commits_can_be_awaited_in_the_event_loop(store: Backend) -> None:
    """The future is a plain one, and the loop is free meanwhile."""
    database = store.open()

    async def commit(name: str) -> None:
        unit = database.begin(inline=True)
        assert unit.get(THINGS, "a", name) is None
        unit.insert(THINGS, thing(name))
        await asyncio.wrap_future(database.commit(unit))

    async def many() -> None:
        await asyncio.gather(*(commit(f"{number}") for number in range(50)))

    asyncio.run(many())
    with pytest.raises(MustBlock):
        database.begin(inline=True).count(THINGS, "a")
    assert database.begin(inline=False).count(THINGS, "a") == 50


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    ("prefix", "index", "after"),
    [
        (("a",), None, None),
        (("a",), None, ("a", "x")),
        (("a",), "by_alias", None),
        (("a", "x"), "by_alias", None),
        (("a", "x"), "by_alias", ("a", "x", "a", "n")),
        ((), "by_due", None),
    ],
)
def test_searches_use_their_index(
    store: Backend, prefix: tuple[str, ...], index: str | None, after: tuple[str, ...] | None, *, descending: bool
) -> None:
    """In both directions, without sorting and without reading the whole table."""
    database = store.open()
    form = database.engine.formats["things"]
    query = make_query(THINGS, prefix, index, after, 10, descending=descending)
    found = search_sql(THINGS, form.statements.select, query, database.engine.dialect)
    assert found is not None
    plan = " ".join(row[-1] for row in database.engine.run(f"EXPLAIN QUERY PLAN {found[0]}", found[1]))
    assert "TEMP B-TREE" not in plan
    assert "SCAN" not in plan or (index == "by_due" and "USING INDEX" in plan)
    assert ("PRIMARY KEY" in plan) is (index is None)
