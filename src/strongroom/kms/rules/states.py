"""What may be done with a key in each state: the whole table, as data.

Source: KMS Developer Guide, "Key states of AWS KMS keys".
"""

from collections.abc import Callable, Mapping

from strongroom.core.errors import ApiError
from strongroom.kms.errors import InvalidState, KeyDisabled
from strongroom.kms.records import KeyState

OK = "ok"
DISABLED = "D"
PENDING_DELETION = "P"
PENDING_REPLICA_DELETION = "R"
PENDING_IMPORT = "I"
UNAVAILABLE = "U"
CREATING = "C"
UPDATING = "G"
NOT_PENDING_DELETION = "N"

REFUSALS: Mapping[str, Callable[[str], ApiError]] = {
    DISABLED: KeyDisabled,
    PENDING_DELETION: lambda arn: InvalidState(f"{arn} is pending deletion."),
    PENDING_REPLICA_DELETION: lambda arn: InvalidState(f"{arn} is pending replica deletion."),
    PENDING_IMPORT: lambda arn: InvalidState(f"{arn} is pending import."),
    UNAVAILABLE: lambda arn: InvalidState(f"{arn} is unavailable."),
    CREATING: lambda arn: InvalidState(f"{arn} is creating."),
    UPDATING: lambda arn: InvalidState(f"{arn} is updating."),
    NOT_PENDING_DELETION: lambda arn: InvalidState(f"{arn} is not pending deletion."),
}

COLUMNS = (
    KeyState.ENABLED,
    KeyState.DISABLED,
    KeyState.PENDING_DELETION,
    KeyState.PENDING_REPLICA_DELETION,
    KeyState.PENDING_IMPORT,
    KeyState.UNAVAILABLE,
    KeyState.CREATING,
    KeyState.UPDATING,
)

CRYPTOGRAPHIC = (
    "Encrypt",
    "Decrypt",
    "ReEncrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "VerifyMac",
    "Sign",
    "Verify",
    "DeriveSharedSecret",
    "Encapsulate",
    "Decapsulate",
)
UNCONDITIONAL = (
    "DescribeKey",
    "GetKeyPolicy",
    "PutKeyPolicy",
    "ListKeyPolicies",
    "ListGrants",
    "ListAliases",
    "ListResourceTags",
    "RetireGrant",
    "RevokeGrant",
    "DeleteAlias",
    "GetKeyLastUsage",
    "GetKeyRotationStatus",
    "ListKeyRotations",
)

# Kinds of key that can't be in a state, or can't do the operation at all, are refused before the table is asked (rules/rotation.py,
# rules/imports.py). Cells that no key can reach hold the refusal of their state.
_ROWS: tuple[tuple[tuple[str, ...], str], ...] = (
    # operations                                          En Dis PD PRD PI Un  Cr  Up
    (CRYPTOGRAPHIC, "ok D P R I U C ok"),
    (("GetPublicKey",), "ok D P R I U C ok"),
    (UNCONDITIONAL, "ok ok ok ok ok ok ok ok"),
    (("CreateGrant",), "ok D P R I ok C ok"),
    (("CreateAlias", "UpdateAlias"), "ok ok P R ok ok ok ok"),
    (("EnableKey", "DisableKey"), "ok ok P R I ok C G"),
    (("UpdateKeyDescription", "TagResource", "UntagResource"), "ok ok P R ok ok ok ok"),
    (("ScheduleKeyDeletion",), "ok ok P R ok ok ok G"),
    (("CancelKeyDeletion",), "N N ok ok N N N N"),
    (("EnableKeyRotation", "DisableKeyRotation"), "ok D P R I U C ok"),
    (("RotateKeyOnDemand",), "ok D P R I U C G"),
    (("GetParametersForImport",), "ok ok P R ok U C G"),
    (("ImportKeyMaterial",), "ok ok P R ok U C ok"),
    (("DeleteImportedKeyMaterial",), "ok ok ok ok ok U C G"),
    (("ReplicateKey",), "ok D P R I U C G"),
    (("UpdatePrimaryRegion",), "ok D P R I U C ok"),
)

VERDICTS: Mapping[tuple[str, KeyState], str] = {
    (operation, state): verdict
    for operations, verdicts in _ROWS
    for operation in operations
    for state, verdict in zip(COLUMNS, verdicts.split(), strict=True)
}


def ensure_state_allows(operation: str, state: KeyState, arn: str) -> None:
    """Return if `operation` is allowed on a key in `state`; otherwise raise the error that AWS raises. `arn` is for its text.

    Raises:
        KeyDisabled: the operation needs an enabled key.
        InvalidState: any other state that forbids it.
    """
    if state is KeyState.ENABLED and operation != "CancelKeyDeletion":
        return  # the hot path
    verdict = VERDICTS[operation, state]
    if verdict != OK:
        raise REFUSALS[verdict](arn)
