"""Closed segments in the shared store: compressed, with an index that tells which accounts and times they cover."""

import zlib
from pathlib import Path

from strongroom.audit.index import SegmentIndex, encode_index, index_of
from strongroom.audit.segments import SUFFIX
from strongroom.core.errors import OperatorError
from strongroom.storage.ports import AuditStore

COMPRESSION = 3
MAX_BYTES = 256 * 1024 * 1024


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
        store.put_segment(name, encode_index(index or index_of(data)), pack(data))
    elif unpack(stored) != data:
        raise OperatorError(f"audit segment {name} differs between {path} and the database: run `strongroom audit verify`")
    path.unlink(missing_ok=True)
