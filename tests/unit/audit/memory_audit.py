"""An audit store in memory, and events for tests."""

from collections.abc import Sequence

from msgspec.structs import replace

from strongroom.audit.facts import CallerFacts, EventFacts
from strongroom.storage.ports import AccountTimes, Anchor, Floor, JournalEntry, JournalRow, SegmentPlace

ACCOUNT = "111122223333"
CALLER = CallerFacts({"type": "Root", "principalId": ACCOUNT, "accountId": ACCOUNT, "accessKeyId": "AKIAEXAMPLE"}, ACCOUNT)


class MemoryAuditStore:
    """What the database keeps of audit, open to tampering."""

    def __init__(self) -> None:
        self.rows: list[JournalRow] = []
        self.heads: dict[str, Anchor] = {}
        self.stored: dict[str, tuple[bytes, bytes]] = {}
        self.times: dict[str, AccountTimes] = {}
        self.marks: dict[str, Floor] = {}
        self.asked: list[str] = []
        self.fails = False

    def journal(self, writer_id: str | None, after: int, limit: int) -> list[JournalRow]:
        """Return rows of a writer in order."""
        found = [row for row in self.rows if row.writer_id == (writer_id or row.writer_id) and row.sequence > after]
        return sorted(found, key=lambda row: (row.writer_id, row.sequence))[:limit]

    def journal_for(self, account_id: str, start_ms: int, end_ms: int, limit: int, before: tuple[int, str, int] | None) -> list[JournalRow]:
        """Return rows of an account, newest first."""

        def place(row: JournalRow) -> tuple[int, str, int]:
            return (row.entry.time_ms, row.writer_id, row.sequence)

        found = [row for row in self.rows if row.entry.account_id == account_id and start_ms <= row.entry.time_ms <= end_ms]
        return sorted((row for row in found if before is None or place(row) < before), key=place, reverse=True)[:limit]

    def journal_writers(self) -> list[Anchor]:
        """Return the last row of each writer."""
        last = {row.writer_id: row for row in sorted(self.rows, key=lambda row: row.sequence)}
        return [Anchor(row.writer_id, row.sequence, row.mac, row.entry.time_ms) for row in last.values()]

    def put_anchors(self, anchors: Sequence[Anchor]) -> None:
        """Keep anchors, or fail like a database out of reach."""
        if self.fails:
            raise ConnectionError("the database is out of reach")
        self.heads.update({anchor.writer_id: anchor for anchor in anchors})

    def anchors(self) -> list[Anchor]:
        """Return all anchors."""
        return list(self.heads.values())

    def put_segment(self, name: str, index: bytes, covered: AccountTimes, data: bytes) -> None:
        """Keep a segment."""
        self.stored[name] = (index, data)
        self.times[name] = covered

    def segments(self) -> list[str]:
        """Return names."""
        return sorted(self.stored)

    def segments_for(self, account_id: str, start_ms: int, end_ms: int, before: SegmentPlace | None, limit: int) -> list[SegmentPlace]:
        """Return segments of an account, newest first."""
        covered = ((name, times[account_id]) for name, times in self.times.items() if account_id in times)
        found = [(newest, name) for name, (oldest, newest) in covered if newest >= start_ms and oldest <= end_ms]
        return sorted((each for each in found if before is None or each < before), reverse=True)[:limit]

    def segment_index(self, name: str) -> tuple[bytes, AccountTimes] | None:
        """Return the index of a segment."""
        return (self.stored[name][0], self.times.get(name, {})) if name in self.stored else None

    def last_segment(self, worker: str) -> str | None:
        """Return the last segment of a worker."""
        return max((name for name in self.stored if name.startswith(f"{worker}/")), default=None)

    def old_segments(self, before_ms: int) -> list[str]:
        """Return segments that end before a time."""
        return [name for name in sorted(self.stored) if all(newest < before_ms for _, newest in self.times.get(name, {}).values())]

    def unindexed_segments(self, limit: int) -> list[str]:
        """Return segments that no search finds."""
        return [name for name in sorted(self.stored) if not self.times.get(name)][:limit]

    def floors(self) -> list[Floor]:
        """Return what was removed."""
        return list(self.marks.values())

    def remove(self, floor: Floor, segment: str | None) -> None:
        """Remove a segment or rows."""
        self.marks[floor.writer_id] = floor
        if segment is None:
            self.rows = [row for row in self.rows if row.writer_id != floor.writer_id or row.sequence > floor.sequence]
        else:
            del self.stored[segment], self.times[segment]

    def segment(self, name: str) -> bytes | None:
        """Return a segment."""
        self.asked.append(name)
        found = self.stored.get(name)
        return found[1] if found else None


FACTS = EventFacts(
    event_id="e0",
    request_id="r0",
    nested=0,
    time=1_700_000_000.0,
    event_source="kms.amazonaws.com",
    event_name="Decrypt",
    region="us-east-1",
    read_only=True,
    caller=CALLER,
    source_ip="192.0.2.1",
    user_agent="aws-cli",
    recipient_account_id=ACCOUNT,
)


def facts(number: int, **changes: object) -> EventFacts:
    """Return the facts of call `number`, one second after the one before."""
    values: dict[str, object] = {"event_id": f"e{number}", "request_id": f"r{number}", "time": FACTS.time + number}
    return replace(FACTS, **{**values, **changes})


def entry(number: int, body: bytes = b"{}") -> JournalEntry:
    """Return a journal entry with some body."""
    return JournalEntry(f"r{number}", 0, ACCOUNT, 1_700_000_000_000 + number * 1000, body)
