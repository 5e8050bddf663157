"""`strongroom audit verify`: every chain in the store and on this node, against its MACs and its anchors. Reads only.

What it can't see is in docs/threat-model.md: the segments that other nodes have not shipped yet, and a chain that is
gone together with all of its anchors.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from strongroom.audit.anchors import read_anchors
from strongroom.audit.archive import segment_name, unpack, worker_of
from strongroom.audit.chain import SEGMENT_PREFIX, segment_writer
from strongroom.audit.floors import true_floors
from strongroom.audit.index import decode_index, index_of
from strongroom.audit.lines import parse_line, split_lines
from strongroom.audit.report import AuditReport, Finding, Problem, Remark
from strongroom.audit.times import iso_seconds
from strongroom.audit.walk import ChainWalk
from strongroom.audit.workers import segment_files
from strongroom.core.errors import OperatorError
from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.storage.ports import Anchor, AuditStore, Floor, JournalRow

PAGE = 500
ATTEMPTS = 3


def verify(audit_directory: Path, store: AuditStore, ring: DomainKeyRing, *, other_nodes: bool = False) -> AuditReport:
    """Return what was found. Safe on a running server.

    Args:
        audit_directory: DATA/audit of this node.
        ring: the domain keys; the chains hang on its purpose key.
        other_nodes: True where several nodes share the store: segments that are anchored and not shipped are a remark then, unless
            this node has an anchor of their writer; verify on the other node tells more. Otherwise they are cut.
    """
    for _ in range(ATTEMPTS):
        floors = store.floors()
        report = _verified(audit_directory, store, ring, floors, other_nodes=other_nodes)
        if store.floors() == floors:  # else retention has removed what this was reading
            break
    return report


def _verified(audit_directory: Path, store: AuditStore, ring: DomainKeyRing, floors: list[Floor], *, other_nodes: bool) -> AuditReport:
    # Anchors first: entries that come while this runs lie beyond them, and are merely unanchored.
    anchors: dict[str, list[Anchor]] = {}
    local = read_anchors(audit_directory)
    for anchor in [*store.anchors(), *local]:
        anchors.setdefault(anchor.writer_id, []).append(anchor)
    verification = _Verification(store, ring, anchors, true_floors(ring, floors))
    verification.check_floors(floors)
    verification.check_journal()
    own_writers = {anchor.writer_id for anchor in local}
    verification.check_segments(audit_directory, lambda writer_id: other_nodes and writer_id not in own_writers)
    return verification.report


class _Verification:
    def __init__(self, store: AuditStore, ring: DomainKeyRing, anchors: dict[str, list[Anchor]], floors: dict[str, Floor]) -> None:
        self.report = AuditReport()
        self._store = store
        self._ring = ring
        self._anchors = anchors
        self._floors = floors

    def check_floors(self, floors: list[Floor]) -> None:
        """Report marks of retention that nobody made who holds the keys."""
        for floor in floors:
            if floor.writer_id not in self._floors:
                self.report.problems.append(Finding(Problem.DAMAGED, floor.writer_id, "the mark of what retention removed is false"))

    def check_journal(self) -> None:
        """Walk the journal chain of every writer that has entries or anchors."""
        anchored = {writer for writer in self._anchors if not writer.startswith(SEGMENT_PREFIX)}
        for writer_id in sorted(anchored | {head.writer_id for head in self._store.journal_writers()}):
            walk = self._walk(writer_id)
            for row in _journal(self._store, writer_id):
                where = f"journal, request {row.entry.request_id}"
                walk.step(row.sequence, row.mac, row.entry.body, where)
                if not columns_fit(row):
                    walk.problem(Problem.CHANGED, f"the plain columns of entry {row.sequence} ({where})")
            walk.finish()

    def check_segments(self, audit_directory: Path, is_elsewhere: Callable[[str], bool]) -> None:
        """Walk the segments of every writer, wherever each of them is."""
        local = {segment_name(path): path for directory in audit_directory.glob("*") for path in segment_files(directory)}
        # A file that is shipped while this runs is found in the store, because the store is asked after the directory was read.
        stored = set(self._store.segments())
        names: dict[str, list[str]] = {writer: [] for writer in self._anchors if writer.startswith(SEGMENT_PREFIX)}
        for name in sorted({*local, *stored}):
            names.setdefault(segment_writer(worker_of(name)), []).append(name)
        for writer_id in sorted(names):
            walk = self._walk(writer_id)
            for name in names[writer_id]:
                _check_segment(walk, name, _content(walk, self._store, name, None if name in stored else local.get(name)))
            walk.finish(elsewhere=is_elsewhere(writer_id))

    def _walk(self, writer_id: str) -> ChainWalk:
        return ChainWalk(self._ring, writer_id, self._anchors.get(writer_id, []), self.report, self._floors.get(writer_id))


def _journal(store: AuditStore, writer_id: str) -> Iterator[JournalRow]:
    after = 0
    while rows := store.journal(writer_id, after, PAGE):
        yield from rows
        after = rows[-1].sequence


class _Columns(msgspec.Struct):
    request_id: str = msgspec.field(name="requestID")
    account_id: str = msgspec.field(name="recipientAccountId")
    time: str = msgspec.field(name="eventTime")


def columns_fit(row: JournalRow) -> bool:
    """Return whether the searchable columns say what the event itself says; the MAC covers the event."""
    entry = row.entry
    try:
        found = msgspec.json.decode(entry.body, type=_Columns)
        time = iso_seconds(entry.time_ms // 1000)
    except (msgspec.DecodeError, ValueError, OverflowError):
        return False
    return (found.request_id, found.account_id, found.time) == (entry.request_id, entry.account_id, time)


def _content(walk: ChainWalk, store: AuditStore, name: str, path: Path | None) -> bytes:
    """Return a segment's lines, from this node's disk (`path`) if they are not in the store yet; b"" if they are unreadable."""
    if path is not None and path.exists():
        return path.read_bytes()
    stored, covered = store.segment_index(name) or (b"", {})
    try:
        data = unpack(store.segment(name) or b"")
        index = index_of(data)
        if not covered and index.accounts:
            walk.remark(Remark.UNINDEXED, f"segment {name}")
        if decode_index(stored) != index or (covered and covered != index.accounts):
            walk.problem(Problem.DAMAGED, f"the index of segment {name} does not fit its content")
    except OperatorError:
        walk.problem(Problem.DAMAGED, f"segment {name} can't be read")
        return b""
    return data


def _check_segment(walk: ChainWalk, name: str, data: bytes) -> None:
    lines, torn = split_lines(data)
    for number, raw in enumerate(lines, 1):
        line = parse_line(raw)
        if line is None:
            walk.problem(Problem.CHANGED, f"segment {name}, line {number} is no audit line")
        else:
            walk.step(line.sequence, line.mac, line.payload, f"segment {name}, line {number}")
    if torn:
        walk.remark(Remark.TORN, f"{len(torn)} bytes at the end of segment {name}")
