"""One audit event as a line of a segment file.

    sequence SP mac SP account SP time_ms SP request_id SP nested SP event NL

The MAC covers everything after itself, the sequence number, and the MAC of the line before. The event is JSON, so it holds no newline.
"""

from typing import NamedTuple

from strongroom.audit.chain import MAC_BYTES
from strongroom.storage.ports import JournalEntry

_HEAD_FIELDS = 2
_ENTRY_FIELDS = 5
LINE_FIELDS = _HEAD_FIELDS + _ENTRY_FIELDS
LINE_ACCOUNT, LINE_TIME = 2, 3  # where they stand among the fields


class Line(NamedTuple):
    """A line as read; nothing is verified. `payload` is what the MAC covers."""

    sequence: int
    mac: bytes
    payload: bytes

    def entry(self) -> JournalEntry | None:
        """Return the event and its plain facts, or None if the payload is malformed."""
        try:
            account, time, request, nested, body = self.payload.split(b" ", _ENTRY_FIELDS - 1)
            return JournalEntry(request.decode(), int(nested), account.decode(), int(time), body)
        except ValueError:
            return None


def entry_payload(entry: JournalEntry) -> bytes:
    """Return the part of a line that its MAC covers."""
    return b"%s %d %s %d %s" % (entry.account_id.encode(), entry.time_ms, entry.request_id.encode(), entry.nested, entry.body)


def format_line(sequence: int, mac: bytes, payload: bytes) -> bytes:
    """Return a whole line."""
    return b"%d %s %s\n" % (sequence, mac.hex().encode(), payload)


def parse_line(line: bytes) -> Line | None:
    """Return a line (without its newline), or None if it is none that `format_line` wrote."""
    parts = line.split(b" ", _HEAD_FIELDS)
    if len(parts) != _HEAD_FIELDS + 1:
        return None
    try:
        mac = bytes.fromhex(parts[1].decode("ascii"))
        found = Line(int(parts[0]), mac, parts[2])
    except ValueError:
        return None
    return found if len(mac) == MAC_BYTES and format_line(*found)[:-1] == line else None


def split_lines(data: bytes) -> tuple[list[bytes], bytes]:
    """Return the whole lines of a segment, and what follows the last newline: a line that was torn by a crash, or b""."""
    *lines, torn = data.split(b"\n")
    return lines, torn
