"""Retention: events older than so many days are removed, from the beginning of each chain on, and a floor says so.

Nothing is removed that does not verify: a chain that somebody has tampered with stays as it is, as evidence.
"""

import logging

from strongroom.audit.archive import unpack, worker_of
from strongroom.audit.chain import SEGMENT_PREFIX, segment_writer
from strongroom.audit.floors import make_floor, true_floors
from strongroom.audit.index import SegmentIndex, encode_index, index_of
from strongroom.audit.lines import parse_line, split_lines
from strongroom.audit.report import AuditReport
from strongroom.audit.verify import columns_fit
from strongroom.audit.walk import ChainWalk
from strongroom.core.errors import OperatorError
from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.storage.ports import AuditStore, Floor, JournalRow

logger = logging.getLogger(__name__)

DAY_MS = 24 * 3600 * 1000
MOST_SEGMENTS = 200  # removed in one run; a run comes every few minutes
MOST_ROWS = 20_000
PAGE = 500


class Retention:
    """Removes what is older than `days` (0: nothing), and indexes stored segments that an older server left without.

    Runs on one process at a time; two at once do no harm.
    """

    def __init__(self, store: AuditStore, ring: DomainKeyRing, days: int) -> None:
        self._store = store
        self._ring = ring
        self._days = days

    def run(self, now_ms: int) -> int:
        """Remove some of what is due. Returns how many segments and rows were removed. Raises ServiceUnavailable."""
        self._index_segments()
        if not self._days:
            return 0
        before_ms = now_ms - self._days * DAY_MS
        return self._remove_segments(before_ms, now_ms) + self._remove_rows(before_ms, now_ms)

    def _index_segments(self) -> None:
        for name in self._store.unindexed_segments(MOST_SEGMENTS):
            packed = self._store.segment(name) or b""
            try:
                self._put_index(name, packed, index_of(unpack(packed)))
            except OperatorError:
                logger.exception("segment %s can't be indexed", name)

    def _put_index(self, name: str, packed: bytes, index: SegmentIndex) -> None:
        self._store.put_segment(name, encode_index(index), index.accounts, packed)

    def _remove_segments(self, before_ms: int, now_ms: int) -> int:
        stored = _by_worker(self._store.segments())
        removed = 0
        for worker, old in _by_worker(self._store.old_segments(before_ms)).items():
            writer_id = segment_writer(worker)
            walk = self._walk(writer_id)
            for name, first in zip(old, stored[worker], strict=False):
                if name != first or removed >= MOST_SEGMENTS or not self._passes(walk, name, before_ms):
                    break
                self._store.remove(make_floor(self._ring, writer_id, *walk.reached(), now_ms), name)
                removed += 1
        return removed

    def _passes(self, walk: ChainWalk, name: str, before_ms: int) -> bool:
        """Return whether a segment is whole, the next of its chain (or one that was removed before and has come back), and old.

        How old it is its content says, which the chain covers, and not what searches find it by: that is mended if it is wrong.
        """
        packed = self._store.segment(name) or b""
        try:
            data = unpack(packed)
        except OperatorError:
            return self._is_intact(walk, name, broken=True)
        lines, torn = split_lines(data)
        parsed = [line for line in map(parse_line, lines) if line is not None]
        for line in parsed:
            walk.step(line.sequence, line.mac, line.payload, name)
        index = index_of(data)
        if any(newest >= before_ms for _, newest in index.accounts.values()):
            self._put_index(name, packed, index)
            return False
        return self._is_intact(walk, name, broken=bool(torn) or len(parsed) != len(lines))

    def _remove_rows(self, before_ms: int, now_ms: int) -> int:
        removed = 0
        for anchor in self._store.anchors():
            if anchor.writer_id.startswith(SEGMENT_PREFIX):
                continue
            walk = self._walk(anchor.writer_id)
            while removed < MOST_ROWS and (old := self._old_rows(anchor.writer_id, walk.reached()[0], before_ms)):
                for row in old:
                    walk.step(row.sequence, row.mac, row.entry.body, "journal")
                if not self._is_intact(walk, f"the journal of {anchor.writer_id}", broken=not all(map(columns_fit, old))):
                    break
                self._store.remove(make_floor(self._ring, anchor.writer_id, *walk.reached(), now_ms), None)
                removed += len(old)
        return removed

    def _old_rows(self, writer_id: str, after: int, before_ms: int) -> list[JournalRow]:
        """Return the next rows that are old. The last row of a chain stays: its writer may look up where it stands."""
        rows = self._store.journal(writer_id, after, PAGE)
        young = next((place for place, row in enumerate(rows) if row.entry.time_ms >= before_ms), len(rows) - 1)
        return rows[:young]

    def _walk(self, writer_id: str) -> ChainWalk:
        return ChainWalk(self._ring, writer_id, [], AuditReport(), self._floor(writer_id))

    def _floor(self, writer_id: str) -> Floor | None:
        return true_floors(self._ring, self._store.floors()).get(writer_id)

    def _is_intact(self, walk: ChainWalk, where: str, *, broken: bool = False) -> bool:
        if broken or walk.is_broken:
            logger.error("%s is due for removal and does not verify; it stays: run `strongroom audit verify`", where)
            return False
        return True


def _by_worker(names: list[str]) -> dict[str, list[str]]:
    """Return the names, which come in order, for each worker."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(worker_of(name), []).append(name)
    return found
