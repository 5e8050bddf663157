"""Key specs: which usages, algorithms and sizes belong to each.

Sources: KMS Developer Guide, "Key spec reference"; KMS API Reference, CreateKey and Encrypt.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from strongroom.core.errors import ValidationFailed
from strongroom.kms.errors import InvalidKeyUsage
from strongroom.kms.records import KeyRecord, KeyUsage

SYMMETRIC_DEFAULT = "SYMMETRIC_DEFAULT"
CHINA_ONLY = frozenset({"SM2"})


class Family(Enum):
    """The three kinds of key that an alias can't be moved between."""

    SYMMETRIC = "symmetric"
    ASYMMETRIC = "asymmetric"
    HMAC = "HMAC"


@dataclass(frozen=True, slots=True)
class Spec:
    """A key spec and the algorithms that each of its usages allows."""

    name: str
    family: Family
    algorithms: Mapping[KeyUsage, tuple[str, ...]]


_OAEP = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
_RSA_SIGNATURES = (
    "RSASSA_PKCS1_V1_5_SHA_256",
    "RSASSA_PKCS1_V1_5_SHA_384",
    "RSASSA_PKCS1_V1_5_SHA_512",
    "RSASSA_PSS_SHA_256",
    "RSASSA_PSS_SHA_384",
    "RSASSA_PSS_SHA_512",
)


def _rsa(name: str) -> Spec:
    return Spec(name, Family.ASYMMETRIC, {KeyUsage.ENCRYPT_DECRYPT: _OAEP, KeyUsage.SIGN_VERIFY: _RSA_SIGNATURES})


def _nist(name: str, signature: str) -> Spec:
    return Spec(name, Family.ASYMMETRIC, {KeyUsage.SIGN_VERIFY: (signature,), KeyUsage.KEY_AGREEMENT: ("ECDH",)})


def _signing(name: str, *algorithms: str) -> Spec:
    return Spec(name, Family.ASYMMETRIC, {KeyUsage.SIGN_VERIFY: algorithms})


def _encapsulation(name: str) -> Spec:
    return Spec(name, Family.ASYMMETRIC, {KeyUsage.ENCAPSULATE_DECAPSULATE: ("ML_KEM",)})


def _hmac(size: str) -> Spec:
    return Spec(f"HMAC_{size}", Family.HMAC, {KeyUsage.GENERATE_VERIFY_MAC: (f"HMAC_SHA_{size}",)})


SPECS: Mapping[str, Spec] = {
    spec.name: spec
    for spec in (
        Spec(SYMMETRIC_DEFAULT, Family.SYMMETRIC, {KeyUsage.ENCRYPT_DECRYPT: (SYMMETRIC_DEFAULT,)}),
        *map(_rsa, ("RSA_2048", "RSA_3072", "RSA_4096")),
        _nist("ECC_NIST_P256", "ECDSA_SHA_256"),
        _nist("ECC_NIST_P384", "ECDSA_SHA_384"),
        _nist("ECC_NIST_P521", "ECDSA_SHA_512"),
        _signing("ECC_SECG_P256K1", "ECDSA_SHA_256"),
        _signing("ECC_NIST_EDWARDS25519", "ED25519_SHA_512", "ED25519_PH_SHA_512"),
        *(_signing(f"ML_DSA_{size}", "ML_DSA_SHAKE_256") for size in ("44", "65", "87")),
        *(_encapsulation(f"ML_KEM_{size}") for size in ("512", "768", "1024")),
        *map(_hmac, ("224", "256", "384", "512")),
    )
}

ALGORITHMS_MEMBER = {
    KeyUsage.ENCRYPT_DECRYPT: "EncryptionAlgorithms",
    KeyUsage.SIGN_VERIFY: "SigningAlgorithms",
    KeyUsage.GENERATE_VERIFY_MAC: "MacAlgorithms",
    KeyUsage.KEY_AGREEMENT: "KeyAgreementAlgorithms",
    KeyUsage.ENCAPSULATE_DECAPSULATE: "EncapsulationAlgorithms",
}

# RFC 8017, 7.1.1: modulus length less twice the hash length less 2
OAEP_PLAINTEXT_BYTES = {
    ("RSAES_OAEP_SHA_1", "RSA_2048"): 214,
    ("RSAES_OAEP_SHA_1", "RSA_3072"): 342,
    ("RSAES_OAEP_SHA_1", "RSA_4096"): 470,
    ("RSAES_OAEP_SHA_256", "RSA_2048"): 190,
    ("RSAES_OAEP_SHA_256", "RSA_3072"): 318,
    ("RSAES_OAEP_SHA_256", "RSA_4096"): 446,
}


def spec_named(name: str) -> Spec:
    """Return the spec of a stored key."""
    return SPECS[name]


def is_symmetric(key: KeyRecord) -> bool:
    """Return whether `key` is a symmetric encryption key."""
    return key.spec == SYMMETRIC_DEFAULT


def ensure_in_region(member: str, name: str) -> None:
    """Return if AWS has the spec outside its China Regions. Raises ValidationFailed."""
    if name in CHINA_ONLY:
        raise ValidationFailed(f"{member} {name} is not supported in this Region.")


def chosen_spec_and_usage(key_spec: str | None, master_key_spec: str | None, usage: str | None) -> tuple[Spec, KeyUsage]:
    """Return what CreateKey's three parameters choose together. Raises ValidationFailed."""
    if key_spec and master_key_spec:
        raise ValidationFailed(
            "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated."
        )
    name = key_spec or master_key_spec or SYMMETRIC_DEFAULT
    ensure_in_region("KeySpec", name)
    spec = SPECS[name]
    if usage is None and spec.family is not Family.SYMMETRIC:
        raise ValidationFailed("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
    chosen = KeyUsage(usage or KeyUsage.ENCRYPT_DECRYPT)
    if chosen not in spec.algorithms:
        raise ValidationFailed(f"KeyUsage {chosen} is not compatible with KeySpec {name}")
    return spec, chosen


def ensure_usage(key: KeyRecord, wanted: KeyUsage, operation: str, *, symmetric: bool = False) -> None:
    """Return if `key` is of the usage that `operation` needs (and, with `symmetric`, a symmetric one). Raises InvalidKeyUsage."""
    if key.usage is not wanted or (symmetric and not is_symmetric(key)):
        raise InvalidKeyUsage(f"{key.arn} key usage is {key.usage} which is not valid for {operation}.")


def ensure_algorithm(key: KeyRecord, algorithm: str) -> None:
    """Return if `key` can be used with `algorithm`. Raises InvalidKeyUsage."""
    if algorithm not in spec_named(key.spec).algorithms[key.usage]:
        raise InvalidKeyUsage(f"Algorithm {algorithm} is incompatible with key spec {key.spec}.")


def ensure_plaintext_fits(spec: str, algorithm: str, length: int) -> None:
    """Return if RSA can encrypt `length` bytes at once. The model has checked the 4096 bytes of symmetric keys. Raises ValidationFailed."""
    most = OAEP_PLAINTEXT_BYTES.get((algorithm, spec))
    if most is not None and length > most:
        raise ValidationFailed(f"Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {most} bytes.")
