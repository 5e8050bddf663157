"""The index of a segment: which sequence numbers, accounts and times it covers, so that searches open only what they need."""

import msgspec

from strongroom.audit.lines import parse_line, split_lines
from strongroom.core.errors import OperatorError
from strongroom.storage.ports import JournalEntry


class SegmentIndex(msgspec.Struct, frozen=True, array_like=True):
    """What a segment covers: its lines' sequence numbers, and per account the earliest and latest time in ms."""

    first: int
    last: int
    accounts: dict[str, tuple[int, int]]


class IndexBuilder:
    """Collects an index line by line."""

    def __init__(self) -> None:
        self._first = self._last = 0
        self._accounts: dict[str, tuple[int, int]] = {}

    def add(self, sequence: int, entry: JournalEntry) -> None:
        """Take one line into account."""
        time = entry.time_ms
        known = self._accounts.get(entry.account_id)
        if known is None:
            self._accounts[entry.account_id] = (time, time)
        elif time > known[1]:
            self._accounts[entry.account_id] = (known[0], time)
        elif time < known[0]:
            self._accounts[entry.account_id] = (time, known[1])
        self._first = self._first or sequence
        self._last = sequence

    def index(self) -> SegmentIndex:
        """Return the index of the lines so far."""
        return SegmentIndex(self._first, self._last, self._accounts)


def index_of(data: bytes) -> SegmentIndex:
    """Return the index of a segment's content. Lines that can't be read are passed over: `audit verify` reports them."""
    builder = IndexBuilder()
    for raw in split_lines(data)[0]:
        line = parse_line(raw)
        entry = line.entry() if line else None
        if line is not None and entry is not None:
            builder.add(line.sequence, entry)
    return builder.index()


def encode_index(index: SegmentIndex) -> bytes:
    """Return the stored form of an index."""
    return msgspec.msgpack.encode(index)


def decode_index(data: bytes) -> SegmentIndex:
    """Return a stored index. Raises OperatorError if it is damaged."""
    try:
        return msgspec.msgpack.decode(data, type=SegmentIndex)
    except msgspec.DecodeError:
        raise OperatorError("the index of an audit segment is damaged: run `strongroom audit verify`") from None
