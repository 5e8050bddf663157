"""The audit trail of one worker process: where calls/ puts events."""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from strongroom.audit.chain import WriterChain, segment_writer
from strongroom.audit.event import encode_event, time_ms
from strongroom.audit.facts import EventFacts
from strongroom.audit.keeper import Keeper
from strongroom.audit.lookup import AuditPage, AuditQuery, TrailSearch
from strongroom.audit.segments import Durability, SegmentOptions, SegmentWriter
from strongroom.audit.sources import Position
from strongroom.audit.workers import occupy
from strongroom.core.errors import Throttled
from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.storage.ports import AuditStore, JournalChain, JournalEntry

SEARCHES_AT_ONCE = 2


class AuditTrail:
    """Encodes events, and writes those that commit with no unit of work. One for each process; open it after the fork."""

    def __init__(
        self,
        audit_directory: Path,
        worker_id: str,
        ring: DomainKeyRing,
        store: AuditStore,
        *,
        now: Callable[[], float],
        journal: JournalChain | None = None,
        durability: Durability = "process",
    ) -> None:
        """Take what the trail is made of.

        Args:
            audit_directory: DATA/audit; the worker writes below it.
            worker_id: names this process's chains and directory; it was never used before.
            now: the wall clock.
            journal: the chain that the database's writer links with, so that its head is anchored too.
            durability: of events that commit with no unit of work; see SegmentOptions.
        """
        self._directory = audit_directory / worker_id
        chain = WriterChain(ring, segment_writer(worker_id))
        self._segments = SegmentWriter(self._directory, chain, SegmentOptions(durability), now)
        self._keeper = Keeper(self._directory, store, self._segments, journal, now)
        self._search = TrailSearch(audit_directory, store)
        self._searching = threading.BoundedSemaphore(SEARCHES_AT_ONCE)
        self._lock: int | None = None

    def open(self) -> None:
        """Take possession of the worker's directory and start anchoring. Raises OperatorError or OSError."""
        self._lock = occupy(self._directory)
        self._keeper.start()

    def close(self) -> None:
        """Anchor and ship everything. Call it after the last request and before the database is closed."""
        if self._lock is not None:
            try:
                self._keeper.stop()
            finally:
                self._segments.stop_syncing()
                os.close(self._lock)
                self._lock = None

    def entries(self, facts: Sequence[EventFacts]) -> list[JournalEntry]:
        """Return the events encoded and redacted, ready to commit with a unit of work or to append."""
        return [JournalEntry(f.request_id, f.nested, f.recipient_account_id, time_ms(f), encode_event(f)) for f in facts]

    def append(self, entries: Sequence[JournalEntry]) -> Future[None] | None:
        """Write events with one write(2). Raises ServiceUnavailable if they can't be written: then the call must fail.

        Returns None, or what has to end well before the call is answered; see SegmentWriter.append.
        """
        return self._segments.append(entries)

    def search(self, query: AuditQuery, limit: int, before: Position | None) -> AuditPage:
        """Return recorded events, newest first; see TrailSearch.search. Raises Throttled where too many searches are under way.

        A search reads megabytes and takes the threads that all other calls need, so few of them run at once.
        """
        if not self._searching.acquire(blocking=False):
            raise Throttled
        try:
            return self._search.search(query, limit, before)
        finally:
            self._searching.release()
