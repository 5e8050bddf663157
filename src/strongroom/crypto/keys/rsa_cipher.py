"""RSAES-OAEP with an empty label, MGF1 over the same hash. A ciphertext is as long as the modulus and has no header.

Source: RFC 8017, 7.1.
"""

from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from strongroom.core.secret import SecretBytes
from strongroom.crypto.keys.loaded import loaded_private
from strongroom.crypto.keys.pairs import load_public
from strongroom.crypto.messages import InvalidCiphertext

_HASHES: Mapping[str, hashes.HashAlgorithm] = {"RSAES_OAEP_SHA_1": hashes.SHA1(), "RSAES_OAEP_SHA_256": hashes.SHA256()}  # noqa: S303


def oaep(algorithm: str) -> padding.OAEP:
    """Return the padding of a KMS encryption or wrapping algorithm."""
    hash_algorithm = _HASHES[algorithm]
    return padding.OAEP(padding.MGF1(hash_algorithm), hash_algorithm, None)


def rsa_encrypt(public_key: bytes, algorithm: str, plaintext: bytes) -> bytes:
    """Return the ciphertext of a plaintext whose length was checked (kms/rules/specs.py)."""
    ciphertext: bytes = load_public(public_key).encrypt(plaintext, oaep(algorithm))
    return ciphertext


def rsa_decrypt(private_key: SecretBytes, algorithm: str, ciphertext: bytes) -> SecretBytes:
    """Return the plaintext. Raises InvalidCiphertext, whatever is wrong."""
    try:
        return SecretBytes(loaded_private(private_key).decrypt(ciphertext, oaep(algorithm)))
    except ValueError:
        raise InvalidCiphertext from None
