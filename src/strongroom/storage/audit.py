"""The audit room's rows: the journal of mutations, anchors of chains, and closed segments."""

from collections.abc import Callable, Sequence
from typing import Any

from strongroom.storage.ports import Anchor, JournalEntry, JournalRow
from strongroom.storage.reader import RunStatement
from strongroom.storage.session import Row, Session

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

    def put_segment(self, name: str, account_times: bytes, data: bytes) -> None:
        """See ports.AuditStore."""
        self._write(lambda session: session.write([(_PUT_SEGMENT, [(name, account_times, data)])]))

    def segments(self) -> list[tuple[str, bytes]]:
        """See ports.AuditStore."""
        rows = self._read("SELECT name, account_times FROM system_segments ORDER BY name", ())
        return [(name, bytes(index)) for name, index in rows]

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
