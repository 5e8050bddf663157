"""Where events are found again: the journal, stored segments, and the files of this node that are not stored yet.

Every source gives an account's events newest first, in the one order that all share: time, writer, sequence number.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from strongroom.audit.anchors import newest
from strongroom.audit.archive import segment_name, unpack, worker_of
from strongroom.audit.chain import SEGMENT_PREFIX, segment_writer
from strongroom.audit.index import decode_index
from strongroom.audit.lines import LINE_ACCOUNT, LINE_FIELDS, LINE_TIME, split_lines
from strongroom.audit.workers import segment_files
from strongroom.storage.ports import AuditStore, SegmentPlace

Position = tuple[int, str, int]
PAGE = 200
LAST_SEQUENCE = 2**63 - 1
LAST_WRITER = "\U0010ffff"


class Window(NamedTuple):
    """Whose events are wanted, from when to when (ms, both included), and what they must lie strictly before."""

    account_id: str
    start_ms: int
    end_ms: int
    before: Position | None

    def holds(self, position: Position) -> bool:
        """Return whether an event at `position` is wanted."""
        return self.start_ms <= position[0] <= self.end_ms and (self.before is None or position < self.before)


class Event(NamedTuple):
    """An event and its place in the order."""

    position: Position
    body: bytes


@dataclass(slots=True)
class Effort:
    """How many bytes of stored segments a search has read."""

    read: int = 0


class Source(NamedTuple):
    """A run of events, not read yet, and a position that none of them lies beyond."""

    newest: Position
    events: Callable[[], Iterator[Event]]


def sources(store: AuditStore, audit_directory: Path, window: Window, effort: Effort) -> tuple[list[Source], Iterator[Source]]:
    """Return what may hold events in the window: what is here, and the stored segments, newest first, as they are asked for.

    Files are read at once, because they may be shipped at any moment. What is read is counted in `effort`.
    """
    latest = (window.end_ms, LAST_WRITER, LAST_SEQUENCE)
    found = [Source(latest, partial(_journal, store, window))]
    local: set[str] = set()
    for path in (path for directory in audit_directory.glob("*") for path in segment_files(directory)):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            continue  # shipped since the directory was read: the store has it
        name = segment_name(path)
        local.add(name)
        found.append(Source(latest, partial(_segment, name, partial(bytes, data), window)))
    return found, _stored_sources(store, window, local, effort)


def _stored_sources(store: AuditStore, window: Window, local: set[str], effort: Effort) -> Iterator[Source]:
    """Yield the stored segments with events of the account in the time asked for: no other index is read."""
    end_ms = window.end_ms if window.before is None else min(window.end_ms, window.before[0])
    last: SegmentPlace | None = None
    while rows := store.segments_for(window.account_id, window.start_ms, end_ms, last, PAGE):
        for last in rows:
            newest_ms, name = last
            if name not in local:
                yield Source(
                    (newest_ms, LAST_WRITER, LAST_SEQUENCE), partial(_segment, name, partial(_stored, store, name, effort), window)
                )


def unreached_writers(store: AuditStore, audit_directory: Path, start_ms: int) -> tuple[str, ...]:
    """Return the writers on other nodes that have anchored events since `start_ms` beyond what they have shipped."""
    here = {segment_writer(directory.name) for directory in audit_directory.glob("*")}
    anchors = (anchor for anchor in store.anchors() if anchor.time_ms >= start_ms and anchor.writer_id.startswith(SEGMENT_PREFIX))
    heads = newest(anchor for anchor in anchors if anchor.writer_id not in here)
    return tuple(sorted(writer_id for writer_id, anchor in heads.items() if anchor.sequence > _reached(store, writer_id)))


def _reached(store: AuditStore, writer_id: str) -> int:
    """Return the number of the last event of a writer that is in the store."""
    name = store.last_segment(writer_id.removeprefix(SEGMENT_PREFIX))
    found = store.segment_index(name) if name is not None else None
    return decode_index(found[0]).last if found is not None else 0


def _stored(store: AuditStore, name: str, effort: Effort) -> bytes:
    packed = store.segment(name)
    if packed is None:
        return b""  # removed by retention since it was found
    data = unpack(packed)
    effort.read += len(data)
    return data


def _segment(name: str, content: Callable[[], bytes], window: Window) -> Iterator[Event]:
    writer_id = segment_writer(worker_of(name))
    account_id = window.account_id.encode()
    events: list[Event] = []
    for raw in split_lines(content())[0]:
        fields = raw.split(b" ", LINE_FIELDS - 1)
        if len(fields) != LINE_FIELDS or fields[LINE_ACCOUNT] != account_id:
            continue
        try:
            position = (int(fields[LINE_TIME]), writer_id, int(fields[0]))
        except ValueError:
            continue  # `audit verify` tells of it
        if window.holds(position):
            events.append(Event(position, fields[-1]))
    events.sort(reverse=True)
    return iter(events)


def _journal(store: AuditStore, window: Window) -> Iterator[Event]:
    before = window.before
    while rows := store.journal_for(window.account_id, window.start_ms, window.end_ms, PAGE, before):
        for row in rows:
            before = (row.entry.time_ms, row.writer_id, row.sequence)
            yield Event(before, row.entry.body)
