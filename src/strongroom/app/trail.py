"""Reading the audit trail beside a running server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from strongroom.app.backends import open_database, open_ring
from strongroom.app.clocks import SystemClock
from strongroom.app.layout import DataDirectory
from strongroom.audit.lookup import AuditQuery, FoundEvent, TrailSearch
from strongroom.config import Settings

PAGE = 1000


class Reader:
    """One account's events in order of time."""

    def __init__(self, search: TrailSearch, account_id: str) -> None:
        self._search = search
        self._account_id = account_id
        self._start_ms = 0
        self._seen: set[str] = set()

    def newest(self, count: int) -> Iterator[tuple[dict[str, Any], str]]:
        """Yield the `count` newest events, oldest first: (record, its text)."""
        yield from self._take(self._find(count))

    def since_last(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Yield the events that have come since."""
        yield from self._take(self._find(PAGE))

    def matching(self, matches: Callable[[dict[str, Any]], bool], start_ms: int = 0) -> Iterator[dict[str, Any]]:
        """Yield every record from `start_ms` on that `matches`, newest first."""
        end_ms = int(SystemClock().now() * 1000) + 1000
        query = AuditQuery(self._account_id, None, start_ms, end_ms, matches)
        position = None
        while True:
            page = self._search.search(query, PAGE, position)
            yield from (event.record for event in page.events)
            position = page.position
            if position is None:
                return

    def _find(self, count: int) -> list[FoundEvent]:
        end_ms = int(SystemClock().now() * 1000) + 1000
        query = AuditQuery(self._account_id, None, self._start_ms, end_ms, lambda record: record["eventID"] not in self._seen)
        return self._search.search(query, count, None).events

    def _take(self, found: list[FoundEvent]) -> Iterator[tuple[dict[str, Any], str]]:
        for event in reversed(found):
            self._seen.add(event.record["eventID"])
            yield event.record, event.text
        if found:
            # events of other writers may still arrive with a slightly older time
            self._start_ms = int(SystemClock().now() * 1000) - 60_000


@contextmanager
def read_trail(settings: Settings) -> Iterator[Reader]:
    """Open the trail of an installation for reading. Raises OperatorError."""
    layout = DataDirectory(settings.data_dir)
    layout.ensure_private()
    database = open_database(settings, layout, open_ring(settings, layout), None)
    database.open()
    try:
        yield Reader(TrailSearch(layout.audit, database.audit()), settings.account_id)
    finally:
        database.close()
