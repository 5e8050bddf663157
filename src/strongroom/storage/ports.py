"""What the rooms above see of storage, and what storage needs from crypto. The engines implement these."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

import msgspec

from strongroom.core.wrapped_key import WrappedKey as WrappedKey  # noqa: PLC0414 - part of this port, so passed on
from strongroom.storage.table import Column, Key, Table

R = TypeVar("R", bound=msgspec.Struct)


class Records(Protocol):
    """The part of a Store that reads single records."""

    def get(self, table: Table[R], *key: Column) -> R | None:
        """Return the record, or None. Its revision (or absence) is remembered and checked at commit."""
        ...


class Store(Records, Protocol):
    """Records as one run of a handler sees them: what is committed, plus the run's own buffered writes.

    Nothing is written until the unit of work is committed. In an inline run (in the event loop) a read that
    would have to wait raises core.control.MustBlock.
    """

    def scan(
        self,
        table: Table[R],
        *prefix: Column,
        index: str | None = None,
        after: Key | None = None,
        limit: int,
        descending: bool = False,
    ) -> list[R]:
        """Return up to `limit` records in key order, or in `index` order, whose first columns equal `prefix`.

        Args:
            prefix: values of the leading columns of the ordering.
            after: a `Table.position_of`; only records strictly beyond it are returned.
        The set is not checked at commit: a handler that depends on a set also reads and replaces its owner.
        """
        ...

    def scan_keys(self, table: Table[R], *prefix: Column, after: Key | None = None, limit: int) -> list[Key]:
        """Return the keys of what `scan` in key order would find, authenticated, at about half its cost. Nothing is checked at commit."""
        ...

    def range(self, table: Table[R], index: str, *, until: int, after: Key | None = None, limit: int) -> list[R]:
        """Return records of all accounts whose first column of `index` (an int) is <= `until`, in index order. For timed work."""
        ...

    def count(self, table: Table[R], *prefix: Column) -> int:
        """Return how many records have these leading key columns."""
        ...

    def insert(self, table: Table[R], record: R) -> None:
        """Buffer a new record. If the key exists at commit, the unit conflicts; `get` it first to answer properly."""
        ...

    def replace(self, table: Table[R], record: R) -> None:
        """Buffer a change of a record that this unit has read or inserted (else LookupError)."""
        ...

    def delete(self, table: Table[R], *key: Column) -> None:
        """Buffer the deletion of a record that this unit has read or inserted (else LookupError)."""
        ...

    def savepoint(self) -> AbstractContextManager[None]:
        """Buffered writes made inside are dropped if the block raises; reads stay remembered."""
        ...

    def ensure_may_block(self) -> None:
        """Return in a blocking run, raise MustBlock in an inline run. Call it before slow work (RSA, an HSM)."""
        ...


class JournalEntry(msgspec.Struct, frozen=True):
    """One audit event that commits with the unit of work that caused it.

    Attributes:
        request_id: unique among the top-level entries of the journal; a lost answer to COMMIT is looked up by it.
        nested: 0 for the call itself, 1.. for its nested calls.
        body: the encoded event, already redacted.
    """

    request_id: str
    nested: int
    account_id: str
    time_ms: int
    body: bytes


class UnitOfWork(Store, Protocol):
    """A Store together with what its commit needs."""

    def has_writes(self) -> bool:
        """Return whether anything is buffered."""
        ...

    def attach(self, entries: Sequence[JournalEntry]) -> None:
        """Set the journal entries that commit with the writes."""
        ...

    def fence(self, lease: str, token: int) -> None:
        """Let the commit hold only while the lease still has this fencing token; otherwise it conflicts. For timed work."""
        ...

    def reset(self) -> None:
        """Forget all reads and writes, so that the same unit can serve a new run."""
        ...


class JournalChain(Protocol):
    """Chains the journal entries of this writer. Called by the writer thread only, inside the transaction."""

    writer_id: str

    def head(self) -> tuple[int, bytes]:
        """Return the sequence number and MAC of the last committed entry of this writer (0 and b"" at start)."""
        ...

    def link(self, sequence: int, previous: bytes, body: bytes) -> bytes:
        """Return the MAC of entry `sequence` over the previous MAC and the body."""
        ...

    def committed(self, sequence: int, mac: bytes) -> None:
        """Move the head: called after each COMMIT with the last entry that it made durable. The head is anchored from here."""
        ...


class Sealer(Protocol):
    """Seals and opens records. Implemented by crypto.records.RecordSealer."""

    def seal(self, table: str, plain_columns: Sequence[Column], revision: int, version: int, record: bytes) -> bytes:
        """Return `record` sealed so that it opens only with these very columns, revision and version."""
        ...

    def open(self, table: str, plain_columns: Sequence[Column], revision: int, sealed: bytes) -> tuple[int, bytes]:
        """Return (schema version, record). Raises core.errors.RecordDoesNotOpen if anything was changed."""
        ...

    def is_current(self, sealed: bytes) -> bool:
        """Return whether a row is sealed in the current format under the active domain key; if not, it is due for re-sealing."""
        ...

    def feed_mac(self, previous: bytes, sequence: int, table: str, key: Sequence[Column], revision: int) -> bytes:
        """Return the MAC that chains one row of the change feed to the one before."""
        ...


class Database(Protocol):
    """An engine. Safe to use from the event loop and from many threads, once `open` was called after the fork."""

    def open(self) -> None:
        """Open connections and start the writer thread (and the feed follower). Called once in each process."""
        ...

    def close(self) -> None:
        """Finish queued commits and close every connection."""
        ...

    def begin(self, *, inline: bool, refresh: bool = True) -> UnitOfWork:
        """Return a unit of work on a cache that is current as of now; with `refresh` False as of the last `begin` in this thread.

        Requests that had all arrived before the first of them began need only one look at the change feed.
        """
        ...

    def beat(self) -> None:
        """Let the other nodes know that this process is alive, every few seconds at the most; call it often. Does not wait."""
        ...

    def commit(self, unit: UnitOfWork) -> Future[None]:
        """Queue the unit for the writer. The future ends when it is durable, or raises Conflict or ServiceUnavailable."""
        ...

    def gauges(self) -> "Gauges":
        """Return how full this process's queue and cache are now."""
        ...

    def leases(self) -> "Leases":
        """Return the leases of timed work."""
        ...

    def audit(self) -> "AuditStore":
        """Return the audit room's part of the database."""
        ...


@dataclass(frozen=True, slots=True)
class Gauges:
    """What one process's part of the database holds.

    Attributes:
        waiting_commits: units and tasks that wait for the writer.
        cache_bytes: estimated size of the cached records.
        cache_misses: records that were read from the database so far.
    """

    waiting_commits: int
    cache_bytes: int
    cache_misses: int


class Leases(Protocol):
    """Named leases with fencing tokens, so that timed work runs on one node at a time and any node may die."""

    def acquire(self, name: str, owner: str, seconds: float) -> int | None:
        """Take or renew the lease; return its fencing token (it grows with each new owner), or None if another holds it.

        All who want one lease name the same `seconds`.
        """
        ...

    def release(self, name: str, owner: str) -> None:
        """Give the lease up if `owner` holds it."""
        ...


WallTime = Callable[[], float]


class JournalRow(msgspec.Struct, frozen=True):
    """One committed audit event of a mutation, as the database holds it."""

    writer_id: str
    sequence: int
    entry: JournalEntry
    mac: bytes


class Anchor(msgspec.Struct, frozen=True):
    """The head of one writer's chain (a worker's journal or a segment file series) as of `time_ms`."""

    writer_id: str
    sequence: int
    mac: bytes
    time_ms: int


class Floor(msgspec.Struct, frozen=True):
    """Says that retention removed the entries of one writer up to `sequence`, whose MAC was `mac`. `seal` authenticates all of it."""

    writer_id: str
    sequence: int
    mac: bytes
    time_ms: int
    seal: bytes


SegmentPlace = tuple[int, str]  # the time (ms) of an account's newest event in a segment, and the segment's name
AccountTimes = Mapping[str, tuple[int, int]]  # the earliest and latest time (ms) of each account's events


class AuditStore(Protocol):
    """The parts of audit that live in the database: the journal, the anchors, and closed segments of every node."""

    def journal(self, writer_id: str | None, after: int, limit: int) -> list[JournalRow]:
        """Return rows of one writer (or of all, ordered by writer) with sequence > `after`, in order."""
        ...

    def journal_for(self, account_id: str, start_ms: int, end_ms: int, limit: int, before: tuple[int, str, int] | None) -> list[JournalRow]:
        """Return rows of an account in [start, end], newest first, beyond `before` = (time_ms, writer_id, sequence)."""
        ...

    def journal_writers(self) -> list[Anchor]:
        """Return the last row of each writer's journal chain."""
        ...

    def put_anchors(self, anchors: Sequence[Anchor]) -> None:
        """Store the newest anchor of each writer."""
        ...

    def anchors(self) -> list[Anchor]:
        """Return every writer's newest anchor."""
        ...

    def put_segment(self, name: str, index: bytes, covered: AccountTimes, data: bytes) -> None:
        """Store a closed, compressed segment, its index, and what searches find it by."""
        ...

    def segments(self) -> list[str]:
        """Return the name of every stored segment, in order."""
        ...

    def segments_for(self, account_id: str, start_ms: int, end_ms: int, before: SegmentPlace | None, limit: int) -> list[SegmentPlace]:
        """Return (newest ms, name) of segments with events of an account in [start, end], newest first, beyond `before`."""
        ...

    def segment_index(self, name: str) -> tuple[bytes, AccountTimes] | None:
        """Return a stored segment's index, and what searches find it by."""
        ...

    def last_segment(self, worker: str) -> str | None:
        """Return the name of a worker's last stored segment."""
        ...

    def old_segments(self, before_ms: int) -> list[str]:
        """Return the names of stored segments with no event at `before_ms` or later, in order. One that no search finds is old, too."""
        ...

    def unindexed_segments(self, limit: int) -> list[str]:
        """Return the names of stored segments that no search finds: a server that knew of no such index has stored them."""
        ...

    def floors(self) -> list[Floor]:
        """Return what retention has removed from the beginning of each writer's chain."""
        ...

    def remove(self, floor: Floor, segment: str | None) -> None:
        """Move a writer's floor up, and remove in the same transaction a segment, or (None) the journal's rows up to the floor."""
        ...

    def segment(self, name: str) -> bytes | None:
        """Return a stored segment."""
        ...


class KeyStore(Protocol):
    """Where wrapped domain keys and the check value of the root key live. Read before any record can be opened."""

    def domain_keys(self) -> list[WrappedKey]:
        """Return all wrapped domain keys, oldest first."""
        ...

    def add_domain_key(self, key: WrappedKey) -> None:
        """Store a new domain key. Raises Conflict if its key_id exists (another node rotated first)."""
        ...
