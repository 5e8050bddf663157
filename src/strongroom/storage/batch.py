"""Many units of work in one transaction: which of them hold, and the rows that they write together.

Everything that a unit read is compared with the database before anything is written, so one unit that conflicts
costs its neighbours nothing. The engine reads and writes inside the writer's transaction, where no other writer can be.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from secrets import randbits
from typing import Any

from strongroom.core.control import Conflict
from strongroom.storage.entry import ABSENT, ENTRY_OVERHEAD, Entry, Place, all_storable
from strongroom.storage.feed import encode_key
from strongroom.storage.layouts import plain_key
from strongroom.storage.ports import JournalChain, JournalEntry, Sealer
from strongroom.storage.reader import Formats
from strongroom.storage.rollout import Rollout
from strongroom.storage.schema import Statements
from strongroom.storage.session import Arguments, Row, Session
from strongroom.storage.system import FEED_INSERT, JOURNAL_HEAD, JOURNAL_INSERT, LEASE_TOKEN
from strongroom.storage.work import Work

# A new record starts at a random revision, so that the revisions of a deleted record never come back for its key.
FIRST_REVISION_BITS = 61
Wanted = list[tuple[Statements, list[Row]]]
Write = tuple[str, Sequence[Arguments]]
DELETED = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One write of a unit, sealed and ready: `row` is None for a deletion, whose revision is 0."""

    place: Place
    revision: int
    row: Row | None
    entry: Entry


@dataclass(frozen=True, slots=True)
class Prepared:
    """A unit as the writer needs it: what must still hold (place -> revision, 0 for absent), and what it writes.

    `generation` is that of the rollout in which its rows were sealed.
    """

    expected: dict[Place, int]
    changes: tuple[Change, ...]
    journal: tuple[JournalEntry, ...]
    fences: dict[str, int]
    generation: int = 0


def prepare(work: Work, formats: Formats, generation: int) -> Prepared:
    """Seal the writes of `work`. Runs in the caller's thread, outside the transaction.

    `generation` is read before: rows that are sealed while another begins then count for the old one, and conflict.
    """
    # A key that can't be stored can't have come to exist since it was read as absent.
    reads = ((table, plain_key(key), entry.revision) for (table, key), entry in work.reads.items())
    expected = {(table, key): revision for table, key, revision in reads if revision or all_storable(key)}
    changes: list[Change] = []
    for (table, key), record in work.writes.items():
        place = (table, plain_key(key))
        base = expected.setdefault(place, 0)
        if record is not None:
            revision = base + 1 if base else randbits(FIRST_REVISION_BITS) + 1
            row = formats[table].row_of(record, revision)
            changes.append(Change(place, revision, row, Entry(record, revision, ENTRY_OVERHEAD + 2 * len(row[-1]))))
        elif base:
            changes.append(Change(place, DELETED, None, ABSENT))
    return Prepared(expected, tuple(changes), work.journal, dict(work.fences), generation)


@dataclass(slots=True)
class Outcome:
    """What a batch will have done once it is committed.

    Attributes:
        results: for each unit, None or the Conflict that it ended with.
        stale: places at which a unit had read something that is not, or no longer, there.
        changes: (feed sequence number, place, entry) of every write.
        journal_head: the sequence number and MAC of this writer's last journal entry.
    """

    results: list[Conflict | None]
    journal_head: tuple[int, bytes]
    stale: list[Place] = field(default_factory=list)
    changes: list[tuple[int, Place, Entry]] = field(default_factory=list)


class Journal:
    """This writer's chain of journal entries. The head is read from the database again after any failure."""

    def __init__(self, chain: JournalChain) -> None:
        self._chain = chain
        self._head: tuple[int, bytes] | None = None

    def head(self, session: Session) -> tuple[int, bytes]:
        """Return the sequence number and MAC of the last committed entry."""
        if self._head is None:
            rows = session.rows(JOURNAL_HEAD, (self._chain.writer_id,))
            self._head = (rows[0][0], bytes(rows[0][1])) if rows else self._chain.head()
        return self._head

    def committed(self, head: tuple[int, bytes] | None) -> None:
        """Note the head after a commit, or None after a failure."""
        moved, self._head = head is not None and head != self._head, head
        if head is not None and moved:
            self._chain.committed(*head)

    def link(self, head: tuple[int, bytes], entries: Iterable[JournalEntry]) -> tuple[tuple[int, bytes], list[Arguments]]:
        """Return the new head, and the rows that continue the chain with `entries`."""
        rows: list[Arguments] = []
        sequence, mac = head
        for entry in entries:
            sequence += 1
            mac = self._chain.link(sequence, mac, entry.body)
            named = (entry.request_id, entry.nested, entry.account_id, entry.time_ms)
            rows.append((self._chain.writer_id, sequence, *named, entry.body, mac))
        return (sequence, mac), rows


@dataclass(frozen=True, slots=True)
class Batcher:
    """Checks and writes batches."""

    formats: Formats
    sealer: Sealer
    journal: Journal | None
    rollout: Rollout

    def wanted(self, units: Sequence[Prepared]) -> Wanted:
        """Return what has to be compared with the database: for each table its statements, and keys whose revisions are asked for."""
        keys: dict[str, set[tuple[Any, ...]]] = {}
        for unit in units:
            for table, key in unit.expected:
                keys.setdefault(table, set()).add(key)
        return [(self.formats[table].statements, list(found)) for table, found in keys.items()]

    def plan(
        self, session: Session, units: Sequence[Prepared], head: tuple[int, bytes], wanted: Wanted, found: Sequence[dict[Row, int]]
    ) -> tuple[Outcome, list[Write]]:
        """Return what committing the units comes to, and the statements that do it. Raises the driver's errors.

        `head` is the feed's newest sequence number and MAC; `found` holds the stored revisions of what was `wanted`.
        Raises ValueError if a unit has journal entries and there is no chain to put them on.
        """
        current = {
            (statements.table, key): revision
            for (statements, _), revisions in zip(wanted, found, strict=True)
            for key, revision in revisions.items()
        }
        accepted, outcome = self._checked(session, units, current)
        feed = self._feed_rows(head, accepted, outcome)
        journal: list[Arguments] = []
        entries = [entry for unit in accepted for entry in unit.journal]
        if entries:
            if self.journal is None:
                raise ValueError("this database was opened without a journal chain")
            outcome.journal_head, journal = self.journal.link(outcome.journal_head, entries)
        written = [*self._record_rows(accepted), (FEED_INSERT, feed), (JOURNAL_INSERT, journal)]
        return outcome, [(sql, rows) for sql, rows in written if rows]

    def journal_committed(self, head: tuple[int, bytes] | None) -> None:
        """Note the journal's head after a commit, or None after a failure."""
        if self.journal is not None:
            self.journal.committed(head)

    def _checked(self, session: Session, units: Sequence[Prepared], current: dict[Place, int]) -> tuple[list[Prepared], Outcome]:
        tokens = {name: session.rows(LEASE_TOKEN, (name,)) for name in {name for unit in units for name in unit.fences}}
        outcome = Outcome([], self.journal.head(session) if self.journal else (0, b""))
        accepted: list[Prepared] = []
        for unit in units:
            stale = [place for place, revision in unit.expected.items() if current.get(place, 0) != revision]
            fenced = [name for name, token in unit.fences.items() if tokens[name] != [(token,)]]
            overtaken = unit.generation != self.rollout.generation
            if stale or fenced or overtaken:
                outcome.stale += stale
                outcome.results.append(Conflict(f"changed meanwhile: {len(stale)} records, {len(fenced)} leases, {overtaken:d} layouts"))
                continue
            current.update((change.place, change.revision) for change in unit.changes)
            outcome.results.append(None)
            accepted.append(unit)
        return accepted, outcome

    def _feed_rows(self, head: tuple[int, bytes], accepted: Sequence[Prepared], outcome: Outcome) -> list[Arguments]:
        sequence, mac = head
        rows: list[Arguments] = []
        for change in (change for unit in accepted for change in unit.changes):
            sequence += 1
            table, key = change.place
            mac = self.sealer.feed_mac(mac, sequence, table, key, change.revision)
            rows.append((sequence, table, encode_key(key), change.revision, mac))
            outcome.changes.append((sequence, change.place, change.entry))
        return rows

    def _record_rows(self, accepted: Sequence[Prepared]) -> list[tuple[str, list[Arguments]]]:
        last = {change.place: change for unit in accepted for change in unit.changes}
        written: dict[str, list[Arguments]] = {}
        for (table, key), change in last.items():
            statements = self.formats[table].statements
            if change.row is not None:
                written.setdefault(statements.puts[change.row[-2]], []).append(change.row)
            else:
                written.setdefault(statements.remove, []).append(key)
        return list(written.items())
