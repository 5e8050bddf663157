"""Unwrapping key material that a customer imports.

Sources: KMS Developer Guide, "Encrypt the key material"; RFC 5649 (AES key wrap with padding).
"""

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap_with_padding

from strongroom.core.secret import SecretBytes
from strongroom.crypto.keys.pairs import load_private
from strongroom.crypto.keys.rsa_cipher import rsa_decrypt
from strongroom.crypto.messages import InvalidCiphertext

_AES_BYTES = frozenset({16, 24, 32})
_WRAPPED_AES_KEY = {"RSA_AES_KEY_WRAP_SHA_1": "RSAES_OAEP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256": "RSAES_OAEP_SHA_256"}


def unwrap_material(wrapping_key: SecretBytes, algorithm: str, wrapped: bytes) -> SecretBytes:
    """Return the key material.

    Args:
        wrapping_key: the RSA private key, PKCS#8 in DER.
        algorithm: RSAES_OAEP_SHA_n, or RSA_AES_KEY_WRAP_SHA_n: an AES key under OAEP, then the material under that AES key.

    Raises:
        InvalidCiphertext: whatever is wrong with `wrapped`.
    """
    outer = _WRAPPED_AES_KEY.get(algorithm)
    if outer is None:
        return rsa_decrypt(wrapping_key, algorithm, wrapped)
    modulus_bytes = load_private(wrapping_key).key_size // 8
    aes_key = rsa_decrypt(wrapping_key, outer, wrapped[:modulus_bytes])
    if len(aes_key) not in _AES_BYTES:
        raise InvalidCiphertext
    try:
        return SecretBytes(aes_key_unwrap_with_padding(aes_key.reveal(), wrapped[modulus_bytes:]))
    except (InvalidUnwrap, ValueError):
        raise InvalidCiphertext from None
