"""Searching an account's events, newest first, wherever they are kept."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from strongroom.audit.sources import Event, Position, Source, Window, sources, unreached_writers
from strongroom.storage.ports import AuditStore

MAX_EXAMINED = 50_000  # events that one search reads; after that it answers with what it has and where it stands


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What is looked for. `matches` is asked about the decoded record of each event of that account, Region (None: any) and time."""

    account_id: str
    region: str | None
    start_ms: int
    end_ms: int
    matches: Callable[[dict[str, Any]], bool]


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
        events: list[FoundEvent] = []
        last = before
        unreached = () if before else unreached_writers(self._store, self._directory)
        for examined, event in enumerate(_merged(sources(self._store, self._directory, window))):
            if len(events) == limit or examined == MAX_EXAMINED:
                return AuditPage(events, last, unreached)
            last = event.position
            record = msgspec.json.decode(event.body)
            if query.region in {None, record["awsRegion"]} and query.matches(record):
                events.append(FoundEvent(record, event.body.decode()))
        return AuditPage(events, None, unreached)


class _NewestFirst(tuple[Any, ...]):
    """A key that a heap gives out from the greatest down."""

    __slots__ = ()

    def __lt__(self, other: tuple[Any, ...]) -> bool:
        return tuple.__gt__(self, other)


def _merged(found: list[Source]) -> Iterator[Event]:
    """Yield the events of all sources in order, opening a source only when its events are due."""
    heap: list[tuple[_NewestFirst, int, Event | None]] = [(_NewestFirst(source.newest), n, None) for n, source in enumerate(found)]
    heapq.heapify(heap)
    opened: dict[int, Iterator[Event]] = {}
    while heap:
        _, number, event = heapq.heappop(heap)
        if event is not None:
            yield event
        else:
            opened[number] = found[number].events()
        following = next(opened[number], None)
        if following is not None:
            heapq.heappush(heap, (_NewestFirst(following.position), number, following))
