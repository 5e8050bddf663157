"""Grants: what they may allow, when they apply, and what a grant made under a grant may say.

Source: KMS Developer Guide, "Grants in AWS KMS"; KMS API Reference, CreateGrant.
"""

import re
from collections.abc import Mapping, Sequence

from strongroom.core.errors import ValidationFailed
from strongroom.kms.errors import InvalidGrantId
from strongroom.kms.records import GrantTerms, KeyRecord, KeyUsage
from strongroom.kms.rules.specs import is_symmetric

CONSTRAINT_PAIRS = 8
CONSTRAINT_VALUE_CHARACTERS = 384
_GRANT_ID = re.compile(r"[0-9a-f]{64}")
_UNCONSTRAINED_BY_CONTEXT = frozenset({"DescribeKey", "RetireGrant"})
_EVERY_KEY = frozenset({"CreateGrant", "RetireGrant", "DescribeKey"})
_CIPHER = frozenset({"Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"})
_DATA_KEYS = frozenset({"GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"})
_BY_USAGE: Mapping[KeyUsage, frozenset[str]] = {
    KeyUsage.ENCRYPT_DECRYPT: _CIPHER | {"GetPublicKey"},
    KeyUsage.SIGN_VERIFY: frozenset({"Sign", "Verify", "GetPublicKey"}),
    KeyUsage.GENERATE_VERIFY_MAC: frozenset({"GenerateMac", "VerifyMac"}),
    KeyUsage.KEY_AGREEMENT: frozenset({"DeriveSharedSecret", "GetPublicKey"}),
    KeyUsage.ENCAPSULATE_DECAPSULATE: frozenset({"Encapsulate", "Decapsulate", "GetPublicKey"}),
}

Context = Mapping[str, str]


def grantable(key: KeyRecord) -> frozenset[str]:
    """Return the operations that a grant on `key` may name."""
    return _EVERY_KEY | (_CIPHER | _DATA_KEYS if is_symmetric(key) else _BY_USAGE[key.usage])


def ensure_grantable(key: KeyRecord, operations: Sequence[str], equals: Context | None, subset: Context | None) -> None:
    """Return if `key` supports every operation and these constraints. Raises ValidationFailed."""
    if not operations:
        raise ValidationFailed("Operations must not be empty.")
    possible = grantable(key)
    for operation in operations:
        if operation not in possible:
            raise ValidationFailed(f"Operation {operation} is not supported by key spec {key.spec} and key usage {key.usage}.")
    if equals is not None and subset is not None:
        raise ValidationFailed("Specify either EncryptionContextEquals or EncryptionContextSubset, not both.")
    constraint = equals if equals is not None else subset
    if constraint is None:
        return
    if not is_symmetric(key):
        raise ValidationFailed("Encryption context constraints are supported only by symmetric encryption KMS keys.")
    if len(constraint) > CONSTRAINT_PAIRS:
        raise ValidationFailed(f"A grant constraint can hold at most {CONSTRAINT_PAIRS} encryption context pairs.")
    if any(len(value) > CONSTRAINT_VALUE_CHARACTERS for value in constraint.values()):
        raise ValidationFailed(
            f"The value of an encryption context pair in a constraint can have at most {CONSTRAINT_VALUE_CHARACTERS} characters."
        )


def ensure_grant_id(text: str) -> None:
    """Return if `text` has a grant id's shape: 64 hexadecimal digits. Raises InvalidGrantId."""
    if not _GRANT_ID.fullmatch(text):
        raise InvalidGrantId


def allows(terms: GrantTerms, operation: str, context: Context, source_arn: str | None) -> bool:
    """Return whether the grant allows `operation` with this encryption context on behalf of this source.

    Matching is exact and case-sensitive, keys and values alike. DescribeKey and RetireGrant have no encryption context, so only
    SourceArn constrains DescribeKey, and nothing constrains RetireGrant.
    """
    if operation not in terms.operations:
        return False
    if terms.source_arn is not None and operation != "RetireGrant" and source_arn != terms.source_arn:
        return False
    if operation in _UNCONSTRAINED_BY_CONTEXT:
        return True
    if terms.context_equals is not None:
        return dict(context) == terms.context_equals
    return terms.context_subset is None or terms.context_subset.items() <= context.items()


def allows_child(
    parent: GrantTerms, operations: Sequence[str], equals: Context | None, subset: Context | None, source_arn: str | None
) -> bool:
    """Return whether a holder of `parent` may create such a grant: no operation more, constraints at least as strict."""
    if "CreateGrant" not in parent.operations or not set(operations) <= set(parent.operations):
        return False
    if parent.source_arn is not None and parent.source_arn != source_arn:
        return False
    if parent.context_equals is not None:
        return equals is not None and dict(equals) == parent.context_equals
    if parent.context_subset is not None:
        child = equals if equals is not None else subset
        return child is not None and parent.context_subset.items() <= child.items()
    return True
