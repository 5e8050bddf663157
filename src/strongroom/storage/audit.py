"""The audit room's rows: the journal of mutations, anchors of chains, and closed segments."""

from collections.abc import Callable, Sequence
from typing import Any

from strongroom.storage.ports import AccountTimes, Anchor, Floor, JournalEntry, JournalRow, SegmentPlace
from strongroom.storage.reader import RunStatement
from strongroom.storage.session import Arguments, Row, Session

_COLUMNS = "writer_id, sequence, request_id, nested, account_id, time_ms, body, mac"
_ALL = f"SELECT {_COLUMNS} FROM system_journal WHERE sequence > ? ORDER BY writer_id, sequence LIMIT ?"  # noqa: S608 - a constant
_OF_WRITER = f"SELECT {_COLUMNS} FROM system_journal WHERE writer_id = ? AND sequence > ? ORDER BY writer_id, sequence LIMIT ?"  # noqa: S608 - a constant
_OF_ACCOUNT = (
    f"SELECT {_COLUMNS} FROM system_journal WHERE account_id = ? AND time_ms >= ? AND time_ms <= ?%s "  # noqa: S608 - a constant
    "ORDER BY time_ms DESC, writer_id DESC, sequence DESC LIMIT ?"
)
_ALL_OF_ACCOUNT = _OF_ACCOUNT % ""
_BEYOND_OF_ACCOUNT = _OF_ACCOUNT % " AND (time_ms, writer_id, sequence) < (?, ?, ?)"
_HEADS = (
    "SELECT journal.writer_id, journal.sequence, journal.mac, journal.time_ms FROM system_journal AS journal "
    "JOIN (SELECT writer_id, max(sequence) AS sequence FROM system_journal GROUP BY writer_id) AS head "
    "ON journal.writer_id = head.writer_id AND journal.sequence = head.sequence ORDER BY journal.writer_id"
)
_PUT_ANCHOR = (
    "INSERT INTO system_anchors (writer_id, sequence, mac, time_ms) VALUES (?, ?, ?, ?) ON CONFLICT (writer_id) DO UPDATE SET "
    "sequence = excluded.sequence, mac = excluded.mac, time_ms = excluded.time_ms WHERE excluded.sequence >= system_anchors.sequence"
)
_PUT_SEGMENT = (
    "INSERT INTO system_segments (name, account_times, data) VALUES (?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET account_times = excluded.account_times, data = excluded.data"
)
_PUT_TIMES = (
    "INSERT INTO system_segment_times (name, account_id, oldest_ms, newest_ms) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (name, account_id) DO UPDATE SET oldest_ms = excluded.oldest_ms, newest_ms = excluded.newest_ms"
)
_SEGMENTS_FOR = (
    "SELECT newest_ms, name FROM system_segment_times WHERE account_id = ? AND newest_ms >= ? AND oldest_ms <= ?%s "
    "ORDER BY newest_ms DESC, name DESC LIMIT ?"
)
_FIRST_SEGMENTS_FOR = _SEGMENTS_FOR % ""
_FURTHER_SEGMENTS_FOR = _SEGMENTS_FOR % " AND (newest_ms, name) < (?, ?)"
_OLD_SEGMENTS = (
    "SELECT name FROM system_segments AS segment WHERE NOT EXISTS "
    "(SELECT 1 FROM system_segment_times AS times WHERE times.name = segment.name AND times.newest_ms >= ?) ORDER BY name"
)
_UNINDEXED = (
    "SELECT name FROM system_segments AS segment WHERE NOT EXISTS "
    "(SELECT 1 FROM system_segment_times AS times WHERE times.name = segment.name) ORDER BY name LIMIT ?"
)
_PUT_FLOOR = (
    "INSERT INTO system_floors (writer_id, sequence, mac, time_ms, seal) VALUES (?, ?, ?, ?, ?) ON CONFLICT (writer_id) DO UPDATE SET "
    "sequence = excluded.sequence, mac = excluded.mac, time_ms = excluded.time_ms, seal = excluded.seal "
    "WHERE excluded.sequence > system_floors.sequence"
)


class SqlAuditStore:
    """Implements ports.AuditStore for both engines. Reads and writes block; they raise ServiceUnavailable.

    Args:
        read: runs one statement in autocommit.
        write: runs a function in a write transaction and waits until it is durable.
    """

    def __init__(self, read: RunStatement, write: Callable[[Callable[[Session], Any]], Any]) -> None:
        self._read = read
        self._write = write

    def journal(self, writer_id: str | None, after: int, limit: int) -> list[JournalRow]:
        """See ports.AuditStore."""
        rows = self._read(_ALL, (after, limit)) if writer_id is None else self._read(_OF_WRITER, (writer_id, after, limit))
        return [_journal_row(row) for row in rows]

    def journal_for(self, account_id: str, start_ms: int, end_ms: int, limit: int, before: tuple[int, str, int] | None) -> list[JournalRow]:
        """See ports.AuditStore."""
        if before is None:
            rows = self._read(_ALL_OF_ACCOUNT, (account_id, start_ms, end_ms, limit))
        else:
            rows = self._read(_BEYOND_OF_ACCOUNT, (account_id, start_ms, end_ms, *before, limit))
        return [_journal_row(row) for row in rows]

    def journal_writers(self) -> list[Anchor]:
        """See ports.AuditStore."""
        return [_anchor(row) for row in self._read(_HEADS, ())]

    def put_anchors(self, anchors: Sequence[Anchor]) -> None:
        """See ports.AuditStore. An anchor older than the stored one changes nothing."""
        rows = [(anchor.writer_id, anchor.sequence, anchor.mac, anchor.time_ms) for anchor in anchors]
        self._write(lambda session: session.write([(_PUT_ANCHOR, rows)]))

    def anchors(self) -> list[Anchor]:
        """See ports.AuditStore."""
        return [_anchor(row) for row in self._read("SELECT writer_id, sequence, mac, time_ms FROM system_anchors ORDER BY writer_id", ())]

    def put_segment(self, name: str, index: bytes, covered: AccountTimes, data: bytes) -> None:
        """See ports.AuditStore."""
        times = [(name, account_id, oldest, newest) for account_id, (oldest, newest) in covered.items()]
        self._write(lambda session: session.write([(_PUT_SEGMENT, [(name, index, data)]), (_PUT_TIMES, times)]))

    def segments(self) -> list[str]:
        """See ports.AuditStore."""
        return [name for (name,) in self._read("SELECT name FROM system_segments ORDER BY name", ())]

    def segments_for(self, account_id: str, start_ms: int, end_ms: int, before: SegmentPlace | None, limit: int) -> list[SegmentPlace]:
        """See ports.AuditStore."""
        if before is None:
            rows = self._read(_FIRST_SEGMENTS_FOR, (account_id, start_ms, end_ms, limit))
        else:
            rows = self._read(_FURTHER_SEGMENTS_FOR, (account_id, start_ms, end_ms, *before, limit))
        return [(newest, name) for newest, name in rows]

    def segment_index(self, name: str) -> tuple[bytes, AccountTimes] | None:
        """See ports.AuditStore."""
        found = self._read("SELECT account_times FROM system_segments WHERE name = ?", (name,))
        rows = self._read("SELECT account_id, oldest_ms, newest_ms FROM system_segment_times WHERE name = ?", (name,))
        return (bytes(found[0][0]), {account_id: (oldest, newest) for account_id, oldest, newest in rows}) if found else None

    def last_segment(self, worker: str) -> str | None:
        """See ports.AuditStore."""
        beginning = (f"{worker}/", f"{worker}0")  # "0" comes right after "/"
        rows = self._read("SELECT name FROM system_segments WHERE name > ? AND name < ? ORDER BY name DESC LIMIT 1", beginning)
        return rows[0][0] if rows else None

    def old_segments(self, before_ms: int) -> list[str]:
        """See ports.AuditStore."""
        return [name for (name,) in self._read(_OLD_SEGMENTS, (before_ms,))]

    def unindexed_segments(self, limit: int) -> list[str]:
        """See ports.AuditStore."""
        return [name for (name,) in self._read(_UNINDEXED, (limit,))]

    def floors(self) -> list[Floor]:
        """See ports.AuditStore."""
        rows = self._read("SELECT writer_id, sequence, mac, time_ms, seal FROM system_floors ORDER BY writer_id", ())
        return [Floor(writer_id, sequence, bytes(mac), time_ms, bytes(seal)) for writer_id, sequence, mac, time_ms, seal in rows]

    def remove(self, floor: Floor, segment: str | None) -> None:
        """See ports.AuditStore."""
        removed: list[tuple[str, Sequence[Arguments]]]
        if segment is None:
            removed = [("DELETE FROM system_journal WHERE writer_id = ? AND sequence <= ?", [(floor.writer_id, floor.sequence)])]
        else:
            removed = [(f"DELETE FROM {table} WHERE name = ?", [(segment,)]) for table in ("system_segments", "system_segment_times")]  # noqa: S608 - constants
        row = (floor.writer_id, floor.sequence, floor.mac, floor.time_ms, floor.seal)
        self._write(lambda session: session.write([(_PUT_FLOOR, [row]), *removed]))

    def segment(self, name: str) -> bytes | None:
        """See ports.AuditStore."""
        rows = self._read("SELECT data FROM system_segments WHERE name = ?", (name,))
        return bytes(rows[0][0]) if rows else None


def _journal_row(row: Row) -> JournalRow:
    writer_id, sequence, request_id, nested, account_id, time_ms, body, mac = row
    return JournalRow(writer_id, sequence, JournalEntry(request_id, nested, account_id, time_ms, bytes(body)), bytes(mac))


def _anchor(row: Row) -> Anchor:
    writer_id, sequence, mac, time_ms = row
    return Anchor(writer_id, sequence, bytes(mac), time_ms)
