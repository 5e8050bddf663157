"""The port to whatever holds the root key, and the part that every software seal shares."""

import struct
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strongroom.core.errors import OperatorError
from strongroom.core.secret import SecretBytes
from strongroom.crypto.random import random_bytes

FORMAT = 1
NONCE_BYTES = 12
_HEAD = struct.Struct(f">B{NONCE_BYTES}s")


class Seal(Protocol):
    """Holds the root key and wraps domain keys with it. The root key never leaves it."""

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        """Return `key` encrypted and bound to `aad`."""
        ...

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Return the key. Raises OperatorError if it was wrapped by another root key, for another `aad`, or changed."""
        ...


class RootKeySeal:
    """A seal whose root key is in this process's memory: AES-256-GCM with random nonces.

    A root key wraps a few thousand domain keys in its life, far below the bound for random 96-bit nonces.
    """

    def __init__(self, root_key: SecretBytes, origin: str) -> None:
        """Take the 32-byte root key, and for error texts a word for where it came from."""
        self._cipher = AESGCM(root_key.reveal())
        self._origin = origin

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        """Return format byte, nonce, ciphertext and tag."""
        nonce = random_bytes(NONCE_BYTES)
        return _HEAD.pack(FORMAT, nonce) + self._cipher.encrypt(nonce, key, aad)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Return the key. Raises OperatorError that names the remedy."""
        try:
            version, nonce = _HEAD.unpack_from(wrapped)
            if version == FORMAT:
                return self._cipher.decrypt(nonce, wrapped[_HEAD.size :], aad)
        except (struct.error, InvalidTag):
            pass
        raise OperatorError(
            f"the root key from {self._origin} does not open this database's domain keys: "
            "start with the root key that the database was made with, or restore the database that belongs to this key"
        )
