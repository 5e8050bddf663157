"""Key pairs: making them, and reading the two forms in which they travel.

A private key is PKCS#8 PrivateKeyInfo in DER (RFC 5958), a public key SubjectPublicKeyInfo in DER (RFC 5280). ML-DSA and ML-KEM
private keys are in their seed form. Spec names are KMS's.
"""

import os
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Any, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from strongroom.core.secret import SecretBytes

RSA_EXPONENT = 65_537
CURVES: Mapping[str, ec.EllipticCurve] = {
    "ECC_NIST_P256": ec.SECP256R1(),
    "ECC_NIST_P384": ec.SECP384R1(),
    "ECC_NIST_P521": ec.SECP521R1(),
    "ECC_SECG_P256K1": ec.SECP256K1(),
}
RSA_BITS: Mapping[str, int] = {"RSA_2048": 2048, "RSA_3072": 3072, "RSA_4096": 4096}
_GENERATORS: Mapping[str, Callable[[], Any]] = {
    **{spec: partial(rsa.generate_private_key, RSA_EXPONENT, bits) for spec, bits in RSA_BITS.items()},
    **{spec: partial(ec.generate_private_key, curve) for spec, curve in CURVES.items()},
    "ECC_NIST_EDWARDS25519": ed25519.Ed25519PrivateKey.generate,
    "ML_DSA_44": mldsa.MLDSA44PrivateKey.generate,
    "ML_DSA_65": mldsa.MLDSA65PrivateKey.generate,
    "ML_DSA_87": mldsa.MLDSA87PrivateKey.generate,
    "ML_KEM_768": mlkem.MLKEM768PrivateKey.generate,
    "ML_KEM_1024": mlkem.MLKEM1024PrivateKey.generate,
}
PAIR_SPECS = frozenset(_GENERATORS)
NICE = 10
PUBLIC_KEYS_KEPT = 1024  # loaded ones in a worker; each takes some kilobytes at the most
SLOW_SPECS = frozenset(RSA_BITS)  # making a pair takes from 30 ms to seconds


def _yield_to_others() -> None:
    """Let every other thread of the machine go first (Linux: a nice value belongs to a thread)."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


_SLOW = ThreadPoolExecutor(1, thread_name_prefix="rsa", initializer=_yield_to_others)  # its thread starts with the first pair


class WrongKeyMaterial(ValueError):
    """Bytes that are no private key of the wanted spec. Never says why."""

    def __init__(self) -> None:
        super().__init__("the key material does not fit the key spec")


class KeyPair(NamedTuple):
    """A private key and its public key, both in DER."""

    private_key: SecretBytes
    public_key: bytes


def generate_pair(spec: str) -> KeyPair:
    """Return a new pair of a spec in PAIR_SPECS. RSA pairs are made one at a time in a process, and yield to everything else."""
    return _SLOW.submit(_generated, spec).result() if spec in SLOW_SPECS else _generated(spec)


def _generated(spec: str) -> KeyPair:
    return _encoded(_GENERATORS[spec]())


def imported_pair(spec: str, private_key: bytes) -> KeyPair:
    """Return the pair of a PKCS#8 private key that came from outside, in canonical form. Raises WrongKeyMaterial."""
    try:
        key: Any = load_der_private_key(private_key, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise WrongKeyMaterial from None
    if _spec_of(key) != spec:
        raise WrongKeyMaterial
    return _encoded(key)


def load_private(private_key: SecretBytes) -> Any:
    """Return a private key of our own making as an object. The seal has vouched for it, so RSA's costly self-check is left out."""
    return load_der_private_key(private_key.reveal(), None, unsafe_skip_rsa_key_validation=True)


@lru_cache(PUBLIC_KEYS_KEPT)
def load_public(public_key: bytes) -> Any:
    """Return a public key as an object. Raises ValueError or UnsupportedAlgorithm for bytes from outside that are none."""
    return load_der_public_key(public_key)


def _encoded(key: Any) -> KeyPair:
    private_key = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return KeyPair(SecretBytes(private_key), key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def _spec_of(key: object) -> str | None:
    """Return the spec of an RSA or elliptic-curve private key; no other kind can be imported."""
    if isinstance(key, rsa.RSAPrivateKey):
        bits = {size: spec for spec, size in RSA_BITS.items()}
        return bits.get(key.key_size) if key.public_key().public_numbers().e == RSA_EXPONENT else None
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return next((spec for spec, curve in CURVES.items() if curve.name == key.curve.name), None)
    return None
