"""Sealed texts that clients carry: session, pagination and grant tokens. Implements calls.call.Tokens.

A token is base64url without padding of: format (1) | domain key id (4) | nonce (16) | AES-256-GCM ciphertext and tag.
"""

import base64
import binascii
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strongroom.core.ids import RandomBytes
from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.crypto.kdf import kbkdf_counter
from strongroom.crypto.random import random_bytes as system_random

FORMAT = 1
NONCE_BYTES = 16
SUBKEY_LABEL = "token-v1"
_KDF_LABEL = b"strongroom-token-v1"
_IV = bytes(12)
_HEAD = struct.Struct(f">BI{NONCE_BYTES}s")


class TokenSealer:
    """Seals small payloads for a named purpose; tokens made before a rotation of domain keys still open after it."""

    def __init__(self, ring: DomainKeyRing, random_bytes: RandomBytes = system_random) -> None:
        self._ring = ring
        self._random_bytes = random_bytes

    def seal(self, purpose: str, payload: bytes) -> str:
        """Return `payload` encrypted and authenticated for `purpose`, as URL-safe text."""
        key_id = self._ring.active_id
        nonce = self._random_bytes(NONCE_BYTES)
        head = _HEAD.pack(FORMAT, key_id, nonce)
        cipher = self._cipher(key_id, nonce)
        if cipher is None:
            raise LookupError("the active domain key is always at hand")
        return _to_text(head + cipher.encrypt(_IV, payload, head + purpose.encode()))

    def open(self, purpose: str, token: str) -> bytes | None:
        """Return the payload, or None for anything that `seal` did not make for this purpose."""
        try:
            data = _from_text(token)
            form, key_id, nonce = _HEAD.unpack_from(data)
            cipher = self._cipher(key_id, nonce)
            if form != FORMAT or cipher is None:
                return None
            return cipher.decrypt(_IV, data[_HEAD.size :], data[: _HEAD.size] + purpose.encode())
        except (InvalidTag, struct.error, binascii.Error, ValueError):
            return None

    def _cipher(self, key_id: int, nonce: bytes) -> AESGCM | None:
        base = self._ring.subkey(key_id, SUBKEY_LABEL)
        if base is None and key_id == self._ring.active_id + 1:
            # Another node may have rotated. Only the next number is looked for, so a made-up token costs a query at most.
            self._ring.reload()
            base = self._ring.subkey(key_id, SUBKEY_LABEL)
        return None if base is None else AESGCM(kbkdf_counter(base, _KDF_LABEL, nonce))


def _to_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_text(token: str) -> bytes:
    data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    if _to_text(data) != token:
        raise ValueError("not the text that encodes these bytes")
    return data
