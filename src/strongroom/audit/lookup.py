"""Searching an account's events, newest first, wherever they are kept."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from strongroom.audit.sources import Effort, Event, Position, Source, Window, sources, unreached_writers
from strongroom.storage.ports import AuditStore

# What one search does at the most; after that it answers with what it has and where it stands.
MAX_EXAMINED = 50_000  # events that it looks at
MAX_DECODED = 10_000  # events whose records it decodes
MAX_READ = 64 * 1024 * 1024  # bytes of stored segments


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What is looked for. `matches` is asked about the decoded record of each event of that account, Region (None: any) and time.

    Attributes:
        contains: texts of which a matching event holds at least one, as JSON writes it; events without are not decoded. Empty: any event.
    """

    account_id: str
    region: str | None
    start_ms: int
    end_ms: int
    matches: Callable[[dict[str, Any]], bool]
    contains: tuple[bytes, ...] = ()

    def may_match(self, body: bytes) -> bool:
        """Return whether the event has to be decoded."""
        return not self.contains or any(text in body for text in self.contains)


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """A CloudTrail record, decoded, and as the text that was recorded."""

    record: dict[str, Any]
    text: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Events, newest first, and where to go on; None at the end. A page may be empty and still have more behind it.

    Attributes:
        unreached: on a first page, the writers on other nodes whose newest events are not in the store yet.
    """

    events: list[FoundEvent]
    position: Position | None
    unreached: tuple[str, ...] = ()


class TrailSearch:
    """Searches the journal, stored segments and this node's own files. Blocks; never call it in an inline run."""

    def __init__(self, audit_directory: Path, store: AuditStore) -> None:
        self._directory = audit_directory
        self._store = store

    def search(self, query: AuditQuery, limit: int, before: Position | None) -> AuditPage:
        """Return up to `limit` events that lie beyond `before`, a position from an earlier page."""
        window = Window(query.account_id, query.start_ms, query.end_ms, before)
        unreached = () if before else unreached_writers(self._store, self._directory, query.start_ms)
        effort = Effort()
        events: list[FoundEvent] = []
        last, examined, decoded = before, 0, 0
        for position, body in _merged(*sources(self._store, self._directory, window, effort)):
            if body is None:
                if effort.read > MAX_READ and (before is None or position < before):
                    return AuditPage(events, position, unreached)
                continue
            if len(events) == limit or examined == MAX_EXAMINED or decoded == MAX_DECODED:
                return AuditPage(events, last, unreached)
            last = position
            examined += 1
            if query.may_match(body):
                decoded += 1
                record = msgspec.json.decode(body)
                if query.region in {None, record["awsRegion"]} and query.matches(record):
                    events.append(FoundEvent(record, body.decode()))
        return AuditPage(events, None, unreached)


class _NewestFirst(tuple[Any, ...]):
    """A key that a heap gives out from the greatest down."""

    __slots__ = ()

    def __lt__(self, other: tuple[Any, ...]) -> bool:
        return tuple.__gt__(self, other)


def _merged(found: list[Source], more: Iterator[Source]) -> Iterator[tuple[Position, bytes | None]]:
    """Yield the events of all sources in order, opening a source only when its events are due.

    Before it opens one, it yields a position without a body: all events beyond it have come.
    """
    heap: list[tuple[_NewestFirst, int, Event | None]] = [(_NewestFirst(source.newest), n, None) for n, source in enumerate(found)]
    heapq.heapify(heap)
    opened: dict[int, Iterator[Event]] = {}
    known = found.copy()

    def take_one_more() -> None:
        source = next(more, None)
        if source is not None:
            heapq.heappush(heap, (_NewestFirst(source.newest), len(known), None))
            known.append(source)

    take_one_more()
    while heap:
        place, number, event = heapq.heappop(heap)
        if event is not None:
            yield event
        else:
            yield (place[0], place[1], place[2]), None
            opened[number] = known[number].events()
            if number >= len(found):
                take_one_more()
        following = next(opened[number], None)
        if following is not None:
            heapq.heappush(heap, (_NewestFirst(following.position), number, following))
