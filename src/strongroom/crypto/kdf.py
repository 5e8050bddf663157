"""Deriving keys from keys."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from strongroom.crypto.mac import HmacSha256, hmac_sha256

KEY_BYTES = 32
_COUNTER = b"\x00\x00\x00\x01"
_LENGTH = b"\x00\x00\x01\x00"


def kbkdf_counter(key: bytes, label: bytes, context: bytes) -> bytes:
    """Return a 256-bit key from the counter-mode KDF with HMAC-SHA-256 as its PRF.

    One PRF block is one key, so the whole function is a single HMAC over
    [1] as 32 bits, label, a zero byte, context, [256] as 32 bits. `label` must hold no zero byte.

    Source: NIST SP 800-108r1, section 4.1.
    """
    return hmac_sha256(key, _COUNTER + label + b"\x00" + context + _LENGTH)


class CounterKdf:
    """`kbkdf_counter` for many contexts under one key and label: the hashes of the key are kept, which halves its cost."""

    __slots__ = ("_digest", "_head")

    def __init__(self, key: bytes, label: bytes) -> None:
        self._digest = HmacSha256(key).digest
        self._head = _COUNTER + label + b"\x00"

    def derive(self, context: bytes) -> bytes:
        """Return what kbkdf_counter returns for the same key, label and context."""
        return self._digest(self._head + context + _LENGTH)


def hkdf(key: bytes, info: bytes) -> bytes:
    """Return a 256-bit key for the purpose `info` from a uniformly random `key`. Source: RFC 5869, no salt."""
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=info).derive(key)
