"""Envelope encryption: a value under a data key that KMS made and wraps.

AES-256-GCM (NIST SP 800-38D). The caller draws a fresh data key for each value, so a random 96-bit IV never repeats under one key.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strongroom.core.errors import OperatorError

DATA_KEY_BYTES = 32
IV_BYTES = 12


class EnvelopeDoesNotOpen(OperatorError):
    """The ciphertext, its IV or its associated data was changed, or this is not its data key: one answer for all."""

    def __init__(self) -> None:
        super().__init__("an encrypted value does not open: it was changed outside the server")


def seal_envelope(data_key: bytes, iv: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Return `plaintext` encrypted under a 32-byte `data_key` and a 12-byte `iv`, with the 16-byte tag at its end.

    Raises ValueError for a key or IV of another length: a programming error.
    """
    _check_lengths(data_key, iv)
    return AESGCM(data_key).encrypt(iv, plaintext, aad)


def open_envelope(data_key: bytes, iv: bytes, ciphertext: bytes, aad: bytes) -> bytes:
    """Return the plaintext. Raises EnvelopeDoesNotOpen if anything differs from what was sealed."""
    try:
        _check_lengths(data_key, iv)
        return AESGCM(data_key).decrypt(iv, ciphertext, aad)
    except (InvalidTag, ValueError):
        raise EnvelopeDoesNotOpen from None


def _check_lengths(data_key: bytes, iv: bytes) -> None:
    if len(data_key) != DATA_KEY_BYTES or len(iv) != IV_BYTES:
        raise ValueError("an envelope needs a 32-byte data key and a 12-byte IV")
