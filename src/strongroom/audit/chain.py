"""Chains of MACs over audit events. Without the key nobody can change, insert, drop or reorder an entry and mend the chain.

A plain hash chain would be recomputed by whoever edits it; this one hangs on a key from the seal. The first link
is bound to the writer, so that one writer's chain can't stand in for another's.
"""

from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.crypto.mac import HmacSha256

MAC_BYTES = 32
SEGMENT_PREFIX = "segments:"
_LABEL = "audit-chain-v1"
_SEQUENCE_BYTES = 8


def segment_writer(worker_id: str) -> str:
    """Return the name of a worker's chain over its segment files; its chain over the journal has the worker's own name."""
    return SEGMENT_PREFIX + worker_id


class WriterChain:
    """The chain of one writer. Implements storage.ports.JournalChain.

    Attributes:
        writer_id: names the chain in the journal and in anchors; new for each process, so a chain starts at 0.
    """

    def __init__(self, ring: DomainKeyRing, writer_id: str) -> None:
        """Take the ring whose purpose key gives the MAC key, so that rotation does not end the chain."""
        self.writer_id = writer_id
        self._mac = HmacSha256(ring.derive(_LABEL))
        self._genesis = self._mac.digest(b"genesis\x00" + writer_id.encode())
        self._head: tuple[int, bytes] = (0, b"")

    def head(self) -> tuple[int, bytes]:
        """Return the sequence number and MAC of the last entry made durable; (0, b"") at start."""
        return self._head

    def link(self, sequence: int, previous: bytes, body: bytes) -> bytes:
        """Return the MAC of entry `sequence`: HMAC-SHA-256 over the previous MAC (or the writer's own start), the number and the body."""
        return self._mac.digest((previous or self._genesis) + sequence.to_bytes(_SEQUENCE_BYTES, "big") + body)

    def committed(self, sequence: int, mac: bytes) -> None:
        """Move the head to an entry that is now durable."""
        self._head = (sequence, mac)
