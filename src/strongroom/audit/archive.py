"""Closed segments in the shared store: compressed, with an index that tells which accounts and times they cover."""

import zlib
from pathlib import Path

import zstandard

from strongroom.audit.index import SegmentIndex, encode_index, index_of
from strongroom.audit.segments import SUFFIX
from strongroom.core.errors import OperatorError
from strongroom.storage.ports import AuditStore

COMPRESSION = 1  # 0.7 us of CPU for an event, a seventh of its size; zlib took 3.1 us for a fifth
MAX_BYTES = 256 * 1024 * 1024
DAMAGED = "a stored audit segment is damaged: run `strongroom audit verify`"
_ZLIB = b"\x78"  # how a zlib stream begins; a Zstandard frame begins with 0x28


def pack(data: bytes) -> bytes:
    """Return a segment's content compressed: one Zstandard frame with its length and a checksum (RFC 8878)."""
    return zstandard.ZstdCompressor(COMPRESSION, write_checksum=True).compress(data)


def unpack(packed: bytes) -> bytes:
    """Return a segment's content. Raises OperatorError if it is damaged or far too large."""
    if packed.startswith(_ZLIB):
        return _inflated(packed)
    try:
        if zstandard.get_frame_parameters(packed).content_size <= MAX_BYTES:
            return zstandard.ZstdDecompressor().decompress(packed, allow_extra_data=False)
    except zstandard.ZstdError:
        pass
    raise OperatorError(DAMAGED)


def _inflated(packed: bytes) -> bytes:
    """Return a segment that a server stored before Zstandard was taken."""
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed, MAX_BYTES)
    except zlib.error:
        raise OperatorError(DAMAGED) from None
    if not unpacker.eof or unpacker.unused_data:
        raise OperatorError(DAMAGED)
    return data


def segment_name(path: Path) -> str:
    """Return the name of a segment file in the store: `worker/00000001`."""
    return f"{path.parent.name}/{path.name.removesuffix(SUFFIX)}"


def worker_of(name: str) -> str:
    """Return the worker that wrote a stored segment."""
    return name.rpartition("/")[0]


def ship(path: Path, index: SegmentIndex | None, store: AuditStore) -> None:
    """Move a closed segment file into the store. May be repeated after a crash at any point.

    Args:
        index: what the writer knows of the file; None for a file that another process left, which is then read for it.

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
        known = index or index_of(data)
        store.put_segment(name, encode_index(known), known.accounts, pack(data))
    elif unpack(stored) != data:
        raise OperatorError(f"audit segment {name} differs between {path} and the database: run `strongroom audit verify`")
    path.unlink(missing_ok=True)
