"""Stored records under seal. Implements storage.ports.Sealer. The byte layout is frozen: docs/adr/0002-crypto-formats.md.

    format (1) | domain key id (4) | schema version (2) | nonce (16) | AES-256-GCM ciphertext and tag

Each record has its own key: SP 800-108 counter KDF from a subkey of the domain key and the nonce. So the GCM
IV is constant, and the number of writes is bounded by collisions of 128-bit nonces, not of 96-bit ones.
"""

import hmac
import struct
from collections.abc import Sequence

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strongroom.core.errors import RecordDoesNotOpen
from strongroom.core.ids import RandomBytes
from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.crypto.kdf import CounterKdf
from strongroom.crypto.random import random_bytes as system_random

Column = str | int | None

FORMAT = 1
NONCE_BYTES = 16
SUBKEY_LABEL = "record-v1"
FEED_LABEL = "feed-v1"
_KDF_LABEL = b"strongroom-record-v1"
_IV = bytes(12)
_HEAD = struct.Struct(f">BIH{NONCE_BYTES}s")
# MessagePack is injective on these types: kind and length stand before every value.
_encode = msgspec.msgpack.Encoder().encode


def record_aad(table: str, plain_columns: Sequence[Column], revision: int, key_id: int, version: int) -> bytes:
    """Return the encoding of everything readable about a row; two different rows never share one."""
    return _encode((FORMAT, table, plain_columns, revision, key_id, version))


class RecordSealer:
    """Seals and opens records under the ring's keys, in a few microseconds each. Safe to use from many threads."""

    def __init__(self, ring: DomainKeyRing, random_bytes: RandomBytes = system_random) -> None:
        """Take the ring; the feed's MAC key is derived from its purpose key, so rotation does not break the chain."""
        self._ring = ring
        self._random_bytes = random_bytes
        self._feed_key = ring.derive(FEED_LABEL)
        self._kdfs: dict[int, CounterKdf] = {}

    def seal(self, table: str, plain_columns: Sequence[Column], revision: int, version: int, record: bytes) -> bytes:
        """Return `record` sealed under the active domain key, bound to these columns, revision and version."""
        key_id = self._ring.active_id
        nonce = self._random_bytes(NONCE_BYTES)
        head = _HEAD.pack(FORMAT, key_id, version, nonce)
        aad = record_aad(table, plain_columns, revision, key_id, version)
        return head + self._cipher(key_id, nonce, table, plain_columns).encrypt(_IV, record, aad)

    def open(self, table: str, plain_columns: Sequence[Column], revision: int, sealed: bytes) -> tuple[int, bytes]:
        """Return (schema version, record). Raises RecordDoesNotOpen, the same for every kind of change."""
        try:
            form, key_id, version, nonce = _HEAD.unpack_from(sealed)
            if form == FORMAT:
                aad = record_aad(table, plain_columns, revision, key_id, version)
                return version, self._cipher(key_id, nonce, table, plain_columns).decrypt(_IV, sealed[_HEAD.size :], aad)
        except (struct.error, InvalidTag):
            pass
        raise RecordDoesNotOpen(table, tuple(plain_columns))

    def is_current(self, sealed: bytes) -> bool:
        """Return whether a row is sealed in the current format under the active domain key; if not, it is due for re-sealing."""
        return len(sealed) > _HEAD.size and _HEAD.unpack_from(sealed)[:2] == (FORMAT, self._ring.active_id)

    def feed_mac(self, previous: bytes, sequence: int, table: str, key: Sequence[Column], revision: int) -> bytes:
        """Return HMAC-SHA-256 over the previous MAC and one row of the change feed."""
        return hmac.digest(self._feed_key, _encode((previous, sequence, table, key, revision)), "sha256")

    def _cipher(self, key_id: int, nonce: bytes, table: str, plain_columns: Sequence[Column]) -> AESGCM:
        kdf = self._kdfs.get(key_id)
        if kdf is None:
            base = self._ring.subkey(key_id, SUBKEY_LABEL) or self._reloaded(key_id)
            if base is None:
                raise RecordDoesNotOpen(table, tuple(plain_columns))
            kdf = self._kdfs[key_id] = CounterKdf(base, _KDF_LABEL)
        return AESGCM(kdf.derive(nonce))

    def _reloaded(self, key_id: int) -> bytes | None:
        # Another node may have rotated and sealed this row since this process read the ring.
        self._ring.reload()
        return self._ring.subkey(key_id, SUBKEY_LABEL)
