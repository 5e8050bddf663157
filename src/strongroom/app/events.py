"""Reading the outbox beside a running server, for `strongroom events tail`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from strongroom.app.backends import open_database, open_ring
from strongroom.app.clocks import SystemClock
from strongroom.app.layout import DataDirectory
from strongroom.calls.outbox import MILLISECONDS, OUTBOX, OutboxRecord, envelope
from strongroom.config import Settings
from strongroom.storage.ports import Database
from strongroom.storage.table import Key

PAGE = 1000
# An event is ordered by the time of its request, and may be committed after later ones by as long as that request took.
LATE_MS = 60 * MILLISECONDS


class OutboxReader:
    """One account's events in order of time; those of one resource in the order in which they happened."""

    def __init__(self, database: Database, account_id: str) -> None:
        self._database = database
        self._account_id = account_id
        self._seen: dict[str, int] = {}

    def newest(self, count: int) -> Iterator[dict[str, Any]]:
        """Yield the `count` newest events, oldest first."""
        store = self._database.begin(inline=False)
        found = store.scan(OUTBOX, self._account_id, index="time", limit=max(count, PAGE), descending=True)
        for record in reversed(found):
            self._seen[record.event_id] = record.time_ms
        for record in reversed(found[:count]):
            yield envelope(record)

    def since_last(self) -> Iterator[dict[str, Any]]:
        """Yield the events that have come since, those of slow requests included."""
        start = int(SystemClock().now() * MILLISECONDS) - LATE_MS
        for record in self._from(start):
            if record.event_id not in self._seen:
                self._seen[record.event_id] = record.time_ms
                yield envelope(record)
        self._seen = {event_id: time_ms for event_id, time_ms in self._seen.items() if time_ms >= start}

    def _from(self, time_ms: int) -> Iterator[OutboxRecord]:
        position: Key = (self._account_id, time_ms, self._account_id, "", "", 0)
        while True:
            store = self._database.begin(inline=False)
            found = store.scan(OUTBOX, self._account_id, index="time", after=position, limit=PAGE)
            yield from found
            if len(found) < PAGE:
                return
            position = OUTBOX.position_of(found[-1], "time")


@contextmanager
def read_outbox(settings: Settings) -> Iterator[OutboxReader]:
    """Open the outbox of an installation for reading. Raises OperatorError."""
    layout = DataDirectory(settings.data_dir)
    layout.ensure_private()
    database = open_database(settings, layout, open_ring(settings, layout), None)
    database.open()
    try:
        yield OutboxReader(database, settings.account_id)
    finally:
        database.close()
