"""Signatures with every KMS signing algorithm.

Sources: RFC 8017 (RSA), SEC 1 and FIPS 186-5 (ECDSA, Ed25519 and Ed25519ph), FIPS 204 (ML-DSA). The PSS salt is as long as the
digest and MGF1 uses the same hash; ECDSA signatures are DER; ML-DSA has an empty context.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature as _Invalid
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nacl import bindings as sodium
from nacl.exceptions import BadSignatureError

from strongroom.core.secret import SecretBytes
from strongroom.crypto.keys.loaded import loaded_private
from strongroom.crypto.keys.pairs import load_public

RAW = "RAW"
DIGEST = "DIGEST"
EXTERNAL_MU = "EXTERNAL_MU"
_PSS = "RSASSA_PSS"
_PKCS1 = "RSASSA_PKCS1_V1_5"
_ECDSA = "ECDSA"
_ED25519 = "ED25519_SHA_512"
_ED25519PH = "ED25519_PH_SHA_512"
_HASHES: Mapping[str, hashes.HashAlgorithm] = {"SHA_256": hashes.SHA256(), "SHA_384": hashes.SHA384(), "SHA_512": hashes.SHA512()}


class InvalidSignature(ValueError):
    """The signature was not made by this key over this message. Never says why."""

    def __init__(self) -> None:
        super().__init__("the signature is invalid")


def sign(private_key: SecretBytes, algorithm: str, message_type: str, message: bytes) -> bytes:
    """Return a signature.

    Args:
        algorithm: a KMS signing algorithm that fits the key.
        message_type: RAW, DIGEST (the digest in the algorithm's hash) or EXTERNAL_MU, where the algorithm has it.
    """
    key = loaded_private(private_key)
    if algorithm == _ED25519PH:
        signature = _sign_ed25519ph(key, message)
    elif message_type == EXTERNAL_MU:
        signature = key.sign_mu(message)
    else:
        signature = key.sign(message, *_parameters(algorithm, message_type))
    return signature


def verify(public_key: bytes, algorithm: str, message_type: str, message: bytes, signature: bytes) -> None:
    """Return if `signature` was made by the private key of `public_key` over `message`. Raises InvalidSignature."""
    key = load_public(public_key)
    try:
        if algorithm == _ED25519PH:
            _verify_ed25519ph(key, message, signature)
        elif message_type == EXTERNAL_MU:
            key.verify_mu(signature, message)
        else:
            key.verify(signature, message, *_parameters(algorithm, message_type))
    except (_Invalid, BadSignatureError, ValueError):
        raise InvalidSignature from None


@cache
def _parameters(algorithm: str, message_type: str) -> tuple[Any, ...]:
    """Return what follows the message in the key's `sign` and `verify`."""
    scheme, _, name = algorithm.rpartition("_SHA_")
    if scheme not in (_PSS, _PKCS1, _ECDSA):
        return ()
    hash_algorithm = _HASHES[f"SHA_{name}"]
    hashed = Prehashed(hash_algorithm) if message_type == DIGEST else hash_algorithm
    if scheme == _ECDSA:
        return (ec.ECDSA(hashed),)
    if scheme == _PKCS1:
        return (padding.PKCS1v15(), hashed)
    return (padding.PSS(padding.MGF1(hash_algorithm), hash_algorithm.digest_size), hashed)


def _prehashed(message: bytes) -> Any:
    """Return the Ed25519ph state of `message`, which is hashed here (so a client's digest is hashed again, as AWS does)."""
    state = sodium.crypto_sign_ed25519ph_state()
    sodium.crypto_sign_ed25519ph_update(state, message)
    return state


def _sign_ed25519ph(key: Any, message: bytes) -> bytes:
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature: bytes = sodium.crypto_sign_ed25519ph_final_create(_prehashed(message), key.private_bytes_raw() + public)
    return signature


def _verify_ed25519ph(key: Any, message: bytes, signature: bytes) -> None:
    if len(signature) != sodium.crypto_sign_BYTES:
        raise InvalidSignature
    public = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    sodium.crypto_sign_ed25519ph_final_verify(_prehashed(message), signature, public)
