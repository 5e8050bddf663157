"""ML-KEM: a shared secret for whoever holds the private key.

Source: FIPS 203. A ciphertext of the right length always gives a secret; a wrong one gives a pseudorandom one (implicit rejection).
"""

from collections.abc import Mapping
from typing import NamedTuple

from strongroom.core.secret import SecretBytes
from strongroom.crypto.keys.loaded import loaded_private
from strongroom.crypto.keys.pairs import load_public
from strongroom.crypto.messages import InvalidCiphertext

CIPHERTEXT_BYTES: Mapping[str, int] = {"ML_KEM_768": 1088, "ML_KEM_1024": 1568}


class Encapsulated(NamedTuple):
    """A 32-byte shared secret and the ciphertext that carries it."""

    shared_secret: SecretBytes
    ciphertext: bytes


def encapsulate(public_key: bytes) -> Encapsulated:
    """Return a fresh shared secret for the owner of `public_key`."""
    shared_secret, ciphertext = load_public(public_key).encapsulate()
    return Encapsulated(SecretBytes(shared_secret), ciphertext)


def decapsulate(spec: str, private_key: SecretBytes, ciphertext: bytes) -> SecretBytes:
    """Return the shared secret that `ciphertext` carries. Raises InvalidCiphertext for a wrong length, and for nothing else."""
    if len(ciphertext) != CIPHERTEXT_BYTES[spec]:
        raise InvalidCiphertext
    return SecretBytes(loaded_private(private_key).decapsulate(ciphertext))
