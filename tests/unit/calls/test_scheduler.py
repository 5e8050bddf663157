"""When timed work is looked at, whatever the clock does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.calls.test_engine import FakeTokens, FakeTrail
from tests.unit.crypto.memory_keys import new_ring

from strongroom.calls.call import Environment
from strongroom.calls.jobs import Job, JobContext
from strongroom.calls.scheduler import Scheduler
from strongroom.crypto.random import random_bytes
from strongroom.crypto.records import RecordSealer
from strongroom.storage.sqlite.database import SqliteDatabase


class Clock:
    """A clock that a test moves, in both directions."""

    def __init__(self) -> None:
        self.time = 1_000_000.0

    def now(self) -> float:
        """Return the time."""
        return self.time


class Clocks:
    """One clock for both uses."""

    def __init__(self) -> None:
        self.wall = self.schedule = Clock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    """An empty database."""
    made = SqliteDatabase(tmp_path / "test.db", (), RecordSealer(new_ring()))
    made.open()
    yield made
    made.close()


def test_jobs_run_in_their_time_and_at_once_after_the_clock_was_put_back(database: SqliteDatabase) -> None:
    """Work must not wait until the old time comes again."""
    runs: list[float] = []
    clocks: Any = Clocks()

    def run(context: JobContext) -> None:
        runs.append(context.now())

    environment = Environment(clocks, random_bytes, FakeTokens(), lambda _: None, FakeTrail())
    scheduler = Scheduler([Job("job", 60.0, run)], database, FakeTrail(), environment, owner="one")
    for seconds in (0, 30, 30, -86_400, 30, 30):
        clocks.wall.time += seconds
        scheduler.run_due()
    assert [time - 1_000_000 for time in runs] == [0, 60, -86_340, -86_280]
