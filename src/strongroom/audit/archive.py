"""Closed segments in the shared store: compressed, with an index that tells which accounts and times they cover."""

import zlib
from pathlib import Path

import msgspec

from strongroom.audit.lines import parse_line, split_lines
from strongroom.audit.segments import SUFFIX
from strongroom.core.errors import OperatorError
from strongroom.storage.ports import AuditStore

COMPRESSION = 3
MAX_BYTES = 256 * 1024 * 1024


class SegmentIndex(msgspec.Struct, frozen=True, array_like=True):
    """What a segment covers: its lines' sequence numbers, and per account the earliest and latest time in ms."""

    first: int
    last: int
    accounts: dict[str, tuple[int, int]]


def index_of(data: bytes) -> SegmentIndex:
    """Return the index of a segment's content. Lines that can't be read are passed over: `audit verify` reports them."""
    first = last = 0
    accounts: dict[str, tuple[int, int]] = {}
    for raw in split_lines(data)[0]:
        line = parse_line(raw)
        entry = line.entry() if line else None
        if line is None or entry is None:
            continue
        first, last = first or line.sequence, line.sequence
        low, high = accounts.get(entry.account_id, (entry.time_ms, entry.time_ms))
        accounts[entry.account_id] = (min(low, entry.time_ms), max(high, entry.time_ms))
    return SegmentIndex(first, last, accounts)


def encode_index(index: SegmentIndex) -> bytes:
    """Return the stored form of an index."""
    return msgspec.msgpack.encode(index)


def decode_index(data: bytes) -> SegmentIndex:
    """Return a stored index. Raises OperatorError if it is damaged."""
    try:
        return msgspec.msgpack.decode(data, type=SegmentIndex)
    except msgspec.DecodeError:
        raise OperatorError("the index of an audit segment is damaged: run `strongroom audit verify`") from None


def pack(data: bytes) -> bytes:
    """Return a segment's content compressed."""
    return zlib.compress(data, COMPRESSION)


def unpack(packed: bytes) -> bytes:
    """Return a segment's content. Raises OperatorError if it is damaged or far too large."""
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed, MAX_BYTES)
    except zlib.error:
        data = b""
    if not unpacker.eof:
        raise OperatorError("a stored audit segment is damaged: run `strongroom audit verify`")
    return data


def segment_name(path: Path) -> str:
    """Return the name of a segment file in the store: `worker/00000001`."""
    return f"{path.parent.name}/{path.name.removesuffix(SUFFIX)}"


def worker_of(name: str) -> str:
    """Return the worker that wrote a stored segment."""
    return name.rpartition("/")[0]


def ship(path: Path, store: AuditStore) -> None:
    """Move a closed segment file into the store. May be repeated after a crash at any point.

    Raises:
        OperatorError: the store holds another segment of this name; the file stays.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return  # a dead worker's file, which another worker of this node has shipped
    name = segment_name(path)
    stored = store.segment(name)
    if stored is None:
        store.put_segment(name, encode_index(index_of(data)), pack(data))
    elif unpack(stored) != data:
        raise OperatorError(f"audit segment {name} differs between {path} and the database: run `strongroom audit verify`")
    path.unlink(missing_ok=True)
