"""Last-used facts: the newest wins, few are written at a time, and none is written twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.crypto.memory_keys import new_ring

from strongroom.calls.call import Observation
from strongroom.calls.observations import MOST_FLUSHED, OBSERVATIONS, Observer, latest
from strongroom.core.errors import ServiceUnavailable
from strongroom.crypto.records import RecordSealer
from strongroom.storage.ports import UnitOfWork
from strongroom.storage.sqlite.database import SqliteDatabase


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    """A database for observations alone."""
    opened = SqliteDatabase(tmp_path / "test.db", (OBSERVATIONS,), RecordSealer(new_ring()))
    opened.open()
    yield opened
    opened.close()


def seen(time: float, name: str = "one", detail: str = "") -> Observation:
    """Return an observation of a thing."""
    return Observation("thing", (name,), time, detail)


def stored(database: SqliteDatabase, name: str = "one") -> Observation | None:
    """Return what is stored of a thing."""
    return latest(database.begin(inline=False), "thing", (name,))


def count(database: SqliteDatabase) -> int:
    """Return how many things were observed."""
    return database.begin(inline=False).count(OBSERVATIONS)


def test_the_newest_fact_is_kept(database: SqliteDatabase) -> None:
    """An older one that comes late changes nothing."""
    observer = Observer(database)
    for fact in (seen(1, detail="a"), seen(3, detail="c"), seen(2, detail="b")):
        observer.observe(fact)
        observer.flush()
    assert stored(database) == seen(3, detail="c")


def test_a_fact_that_is_stored_is_not_written_again(database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading a secret all day long is one write."""
    observer = Observer(database)
    observer.observe(seen(1))
    observer.flush()
    commits: list[UnitOfWork] = []
    monkeypatch.setattr(database, "commit", commits.append)
    observer.observe(seen(1))
    observer.flush()
    assert commits == []


def test_many_facts_are_written_a_part_at_a_time_and_all_of_them_at_the_end(database: SqliteDatabase) -> None:
    """So that reading a great many things does not turn into as many writes a second."""
    observer = Observer(database)
    for number in range(2 * MOST_FLUSHED + 5):
        observer.observe(seen(1, str(number)))
    observer.flush()
    assert count(database) == MOST_FLUSHED
    observer.stop()
    assert count(database) == 2 * MOST_FLUSHED + 5


def test_facts_that_can_not_be_written_wait(database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless a newer one of the same thing has come meanwhile."""
    observer = Observer(database)
    observer.observe(seen(1))
    observer.observe(seen(1, "two"))
    with monkeypatch.context() as patch:

        def fail(_unit: UnitOfWork) -> None:
            observer.observe(seen(2))
            raise ServiceUnavailable

        patch.setattr(database, "commit", fail)
        assert not observer.flush()
    assert observer.flush()
    assert (stored(database), stored(database, "two")) == (seen(2), seen(1, "two"))
