"""How many requests a second AWS takes from an account in a Region, and which operations share a number.

Source: KMS Developer Guide, "Request quotas".
"""

from collections.abc import Mapping
from typing import NamedTuple

SYMMETRIC = 10_000
SYMMETRIC_IN_LARGE_REGIONS = 20_000
SYMMETRIC_IN_LARGEST_REGIONS = 100_000
LARGE_REGIONS = frozenset({"us-east-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-central-1", "eu-west-2"})
LARGEST_REGIONS = frozenset({"us-east-1", "us-west-2", "eu-west-1"})
ASYMMETRIC = 1_000  # of each family of key specs
CUSTOM_KEY_STORE = 1_800  # of each store

_FAMILIES = {"RSA": "RSA", "ECC": "ECC", "SM2": "ECC", "ML_DSA": "ML_DSA", "ML_KEM": "ML_KEM"}  # by how the spec begins
_PAIRS: Mapping[str, int] = {"ECC": 100, "ML_KEM": 100, "RSA_2048": 20, "RSA_3072": 4, "RSA_4096": 1}
_RATES: Mapping[int, str] = {
    2_000: "DescribeKey GetPublicKey ListResourceTags",
    1_000: "GetKeyPolicy GetKeyRotationStatus",
    500: "ListKeys ListAliases",
    100: "ListGrants ListKeyPolicies ListRetirableGrants ListKeyRotations",
    50: "CreateGrant RetireGrant RevokeGrant",
    15: "DeleteAlias EnableKeyRotation PutKeyPolicy ScheduleKeyDeletion ImportKeyMaterial DeleteImportedKeyMaterial",
    10: "TagResource",
    5: "CreateKey CreateAlias UpdateAlias EnableKey DisableKey DisableKeyRotation CancelKeyDeletion UpdateKeyDescription UntagResource "
    "ReplicateKey UpdatePrimaryRegion RotateKeyOnDemand GetKeyLastUsage CreateCustomKeyStore DescribeCustomKeyStores "
    "UpdateCustomKeyStore DeleteCustomKeyStore ConnectCustomKeyStore DisconnectCustomKeyStore",
    1: "GetParametersForImport",
}
BY_OPERATION: Mapping[str, int] = {name: rate for rate, names in _RATES.items() for name in names.split()}


class Quota(NamedTuple):
    """Requests a second, and the name of what shares them."""

    name: str
    per_second: int


def operation_quota(operation: str) -> Quota | None:
    """Return the quota that an operation has for itself, or None for a cryptographic one."""
    rate = BY_OPERATION.get(operation)
    return None if rate is None else Quota(operation, rate)


def pair_quota(spec: str) -> Quota:
    """Return the quota of data key pairs of a spec; all elliptic curves share one."""
    name = spec if spec in _PAIRS else _family(spec) or spec
    return Quota(f"pairs {name}", _PAIRS[name])


def key_quota(spec: str | None, custom_key_store_id: str | None, region: str) -> Quota:
    """Return the quota that cryptographic operations with a key share. GenerateRandom, which has no key, counts as a symmetric one."""
    if custom_key_store_id is not None:
        return Quota(custom_key_store_id, CUSTOM_KEY_STORE)
    family = _family(spec) if spec else None
    return Quota("symmetric", _symmetric(region)) if family is None else Quota(family, ASYMMETRIC)


def _symmetric(region: str) -> int:
    if region in LARGEST_REGIONS:
        return SYMMETRIC_IN_LARGEST_REGIONS
    return SYMMETRIC_IN_LARGE_REGIONS if region in LARGE_REGIONS else SYMMETRIC


def _family(spec: str) -> str | None:
    """Return the family of an asymmetric spec, None for a symmetric or HMAC one."""
    return next((family for start, family in _FAMILIES.items() if spec.startswith(start)), None)
