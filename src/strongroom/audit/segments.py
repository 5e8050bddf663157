"""The segment files of one worker: where the events of calls that change nothing are written before they are answered."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from strongroom.audit.chain import WriterChain
from strongroom.audit.index import IndexBuilder, SegmentIndex
from strongroom.audit.lines import entry_payload, format_line
from strongroom.audit.segment_file import SegmentFile
from strongroom.core.errors import ServiceUnavailable
from strongroom.storage.ports import JournalEntry

logger = logging.getLogger(__name__)

Durability = Literal["process", "power"]
SUFFIX = ".log"


@dataclass(frozen=True, slots=True)
class SegmentOptions:
    """How segments are kept.

    Attributes:
        durability: `process` answers after write(2) and survives a killed process; `power` answers after fdatasync.
        max_bytes, max_seconds: when a file is closed and shipped.
    """

    durability: Durability = "process"
    max_bytes: int = 32 * 1024 * 1024
    max_seconds: float = 300.0


class SegmentWriter:
    """Appends events to `directory`/<n>.log, chained. Safe to use from many threads of one process."""

    def __init__(self, directory: Path, chain: WriterChain, options: SegmentOptions, now: Callable[[], float]) -> None:
        self.writer_id = chain.writer_id
        self._directory = directory
        self._chain = chain
        self._options = options
        self._now = now
        self._lock = threading.Lock()
        self._number = 0
        self._current: SegmentFile | None = None
        self._index = IndexBuilder()
        self._retired: list[tuple[SegmentFile, SegmentIndex]] = []
        self._syncing = ThreadPoolExecutor(1, thread_name_prefix="audit-sync")  # starts its thread when it is first needed

    def append(self, entries: Sequence[JournalEntry]) -> Future[None] | None:
        """Write all events with one write(2). Raises ServiceUnavailable if that fails.

        Returns None if they are recorded as durably as they have to be, or what ends once they are (or raises ServiceUnavailable): the
        wait for the disk is a thread's, and all that is written while it waits shares the next fdatasync.
        """
        try:
            with self._lock:
                file = self._writable()
                sequence, mac = self._write(file, entries)
                self._chain.committed(sequence, mac)
                size = file.size
        except OSError as error:
            raise self._failed(error) from None
        return self._syncing.submit(self._sync, file, size) if self._options.durability == "power" else None

    def stop_syncing(self) -> None:
        """Finish what waits for the disk and end the thread. Nothing may be appended any more."""
        self._syncing.shutdown()

    def head(self) -> tuple[int, bytes]:
        """Return the sequence number and MAC of the last event, after making it durable. Raises OSError."""
        with self._lock:
            head = self._chain.head()
            files = [file for file, _ in self._retired] + ([self._current] if self._current else [])
        for file in files:
            file.sync(file.size)
        return head

    def mend(self) -> None:
        """Put files back that somebody has removed or replaced under the running server. Raises OSError if one can't be."""
        with self._lock:
            for file in [*(file for file, _ in self._retired), *([self._current] if self._current else [])]:
                if file.put_back():
                    logger.error("%s was removed or replaced while the server runs; it has been written anew", file.path)

    def retire(self, *, everything: bool = False) -> None:
        """Stop writing to the current file if it is old enough (or in any case), so that it can be shipped."""
        with self._lock:
            file = self._current
            # a file opened in the future was opened before the clock was put back
            if file is not None and file.size and (everything or not 0 <= self._now() - file.opened_at < self._options.max_seconds):
                self._retire(file)

    def take_retired(self) -> list[tuple[Path, SegmentIndex]]:
        """Close the files that nothing is written to any more, oldest first, and return them with their indexes. Raises OSError."""
        closed: list[tuple[Path, SegmentIndex]] = []
        while self._retired:
            self._retired[0][0].close()
            with self._lock:
                file, index = self._retired.pop(0)
            closed.append((file.path, index))
        return closed

    def _sync(self, file: SegmentFile, size: int) -> None:
        try:
            file.sync(size)
        except OSError as error:
            raise self._failed(error) from None

    def _failed(self, error: OSError) -> ServiceUnavailable:
        logger.error("audit events can't be written to %s: %s", self._directory, error.strerror)
        return ServiceUnavailable()

    def _write(self, file: SegmentFile, entries: Sequence[JournalEntry]) -> tuple[int, bytes]:
        sequence, mac = self._chain.head()
        link = self._chain.link
        lines: list[bytes] = []
        for entry in entries:
            sequence += 1
            payload = entry_payload(entry)
            mac = link(sequence, mac, payload)
            lines.append(format_line(sequence, mac, payload))
        file.write(lines[0] if len(lines) == 1 else b"".join(lines))
        for number, entry in enumerate(entries, sequence - len(entries) + 1):
            self._index.add(number, entry)
        return sequence, mac

    def _writable(self) -> SegmentFile:
        file = self._current
        if file is not None and (file.size >= self._options.max_bytes or not file.usable):
            self._retire(file)
            file = None
        if file is None:
            self._number += 1
            file = self._current = SegmentFile(self._directory / f"{self._number:08d}{SUFFIX}", self._now())
        return file

    def _retire(self, file: SegmentFile) -> None:
        self._retired.append((file, self._index.index()))
        self._current, self._index = None, IndexBuilder()
