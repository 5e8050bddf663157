"""The background thread of a worker's audit trail: it anchors heads every second, and closes and ships old segments."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from strongroom.audit.anchors import write_anchors
from strongroom.audit.archive import ship
from strongroom.audit.index import SegmentIndex
from strongroom.audit.segments import SegmentWriter
from strongroom.audit.workers import abandoned_segments, remove_finished
from strongroom.core.errors import OperatorError, ServiceUnavailable
from strongroom.storage.ports import Anchor, AuditStore, JournalChain

logger = logging.getLogger(__name__)

ANCHOR_SECONDS = 1.0


class Keeper:
    """Looks after one worker's segments and anchors. What fails is logged and tried again a second later."""

    def __init__(
        self, directory: Path, store: AuditStore, segments: SegmentWriter, journal: JournalChain | None, now: Callable[[], float]
    ) -> None:
        """Take the worker's own directory, where it leaves a copy of its anchors."""
        self._directory = directory
        self._store = store
        self._segments = segments
        self._journal = journal
        self._now = now
        self._anchored: dict[str, int] = {}
        self._waiting: list[tuple[Path, SegmentIndex | None]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit-keeper", daemon=True)

    def start(self) -> None:
        """Take up what dead workers of this node have left, and start the thread."""
        remove_finished(self._directory.parent)
        self._waiting = [(path, None) for path in abandoned_segments(self._directory.parent)]
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread, then anchor the last heads and ship every file. Raises what the last round raises."""
        self._stop.set()
        self._thread.join()
        self._segments.retire(everything=True)
        self.tick()

    def tick(self) -> None:
        """Do one round: anchor what is durable, then ship what is closed."""
        self._segments.mend()
        self._segments.retire()
        self._anchor()
        self._waiting.extend(self._segments.take_retired())
        remove_finished(self._directory.parent)
        self._waiting = [(path, index) for path, index in self._waiting if not self._shipped(path, index)]

    def _shipped(self, path: Path, index: SegmentIndex | None) -> bool:
        try:
            ship(path, index, self._store)
        except (OperatorError, ServiceUnavailable, OSError):
            logger.exception("audit segment %s stays on this node for now", path)
            return False
        return True

    def _anchor(self) -> None:
        heads = {self._segments.writer_id: self._segments.head()}
        if self._journal is not None:
            heads[self._journal.writer_id] = self._journal.head()
        if all(self._anchored.get(writer, 0) == sequence for writer, (sequence, _) in heads.items()):
            return
        time_ms = int(self._now() * 1000)
        anchors = [Anchor(writer, sequence, mac, time_ms) for writer, (sequence, mac) in heads.items() if sequence]
        write_anchors(self._directory, anchors)
        self._store.put_anchors(anchors)
        self._anchored = {writer: sequence for writer, (sequence, _) in heads.items()}

    def _run(self) -> None:
        while not self._stop.wait(ANCHOR_SECONDS):
            try:
                self.tick()
            except Exception:
                # Whatever the store or the disk raises, the thread must live on: the next round does it again.
                logger.exception("audit anchors or segments are late")
