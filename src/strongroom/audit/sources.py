"""Where events are found again: the journal, stored segments, and the files of this node that are not stored yet.

Every source gives an account's events newest first, in the one order that all share: time, writer, sequence number.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from strongroom.audit.anchors import newest
from strongroom.audit.archive import segment_name, unpack, worker_of
from strongroom.audit.chain import SEGMENT_PREFIX, segment_writer
from strongroom.audit.index import decode_index
from strongroom.audit.lines import parse_line, split_lines
from strongroom.audit.workers import segment_files
from strongroom.storage.ports import AuditStore

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


class Source(NamedTuple):
    """A run of events, not read yet, and a position that none of them lies beyond."""

    newest: Position
    events: Callable[[], Iterator[Event]]


def sources(store: AuditStore, audit_directory: Path, window: Window) -> list[Source]:
    """Return everything that may hold events in the window. Files are read at once, because they may be shipped at any moment."""
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
    for name, index in store.segments():
        covered = decode_index(index).accounts.get(window.account_id)
        if name not in local and covered is not None and covered[0] <= window.end_ms and covered[1] >= window.start_ms:
            newest = (covered[1], LAST_WRITER, LAST_SEQUENCE)
            found.append(Source(newest, partial(_segment, name, partial(_stored, store, name), window)))
    return found


def unreached_writers(store: AuditStore, audit_directory: Path) -> tuple[str, ...]:
    """Return the writers on other nodes that have anchored events beyond what they have shipped."""
    reached: dict[str, int] = {}
    for name, index in store.segments():
        writer_id = segment_writer(worker_of(name))
        reached[writer_id] = max(reached.get(writer_id, 0), decode_index(index).last)
    here = {segment_writer(directory.name) for directory in audit_directory.glob("*")}
    heads = newest(anchor for anchor in store.anchors() if anchor.writer_id.startswith(SEGMENT_PREFIX) and anchor.writer_id not in here)
    return tuple(sorted(writer_id for writer_id, anchor in heads.items() if anchor.sequence > reached.get(writer_id, 0)))


def _stored(store: AuditStore, name: str) -> bytes:
    return unpack(store.segment(name) or b"")


def _segment(name: str, content: Callable[[], bytes], window: Window) -> Iterator[Event]:
    writer_id = segment_writer(worker_of(name))
    events: list[Event] = []
    for raw in split_lines(content())[0]:
        line = parse_line(raw)
        entry = line.entry() if line else None
        if line is None or entry is None or entry.account_id != window.account_id:
            continue
        position = (entry.time_ms, writer_id, line.sequence)
        if window.holds(position):
            events.append(Event(position, entry.body))
    events.sort(reverse=True)
    return iter(events)


def _journal(store: AuditStore, window: Window) -> Iterator[Event]:
    before = window.before
    while rows := store.journal_for(window.account_id, window.start_ms, window.end_ms, PAGE, before):
        for row in rows:
            before = (row.entry.time_ms, row.writer_id, row.sequence)
            yield Event(before, row.entry.body)
