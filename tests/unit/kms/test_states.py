"""The whole table of key states and operations, written out a second time the way AWS's page lays it out."""

import pytest

from strongroom.core.errors import ApiError
from strongroom.kms.records import KeyState
from strongroom.kms.rules.states import VERDICTS, ensure_state_allows

ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TEXTS = {
    "D": ("DisabledException", f"{ARN} is disabled."),
    "P": ("KMSInvalidStateException", f"{ARN} is pending deletion."),
    "R": ("KMSInvalidStateException", f"{ARN} is pending replica deletion."),
    "I": ("KMSInvalidStateException", f"{ARN} is pending import."),
    "U": ("KMSInvalidStateException", f"{ARN} is unavailable."),
    "C": ("KMSInvalidStateException", f"{ARN} is creating."),
    "G": ("KMSInvalidStateException", f"{ARN} is updating."),
    "N": ("KMSInvalidStateException", f"{ARN} is not pending deletion."),
}
CRYPTO = "ok D P R I U C ok"
FREE = "ok ok ok ok ok ok ok ok"
METADATA = "ok ok P R ok ok ok ok"
TABLE = {
    **dict.fromkeys(("Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"), CRYPTO),
    **dict.fromkeys(("GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateMac", "VerifyMac"), CRYPTO),
    **dict.fromkeys(("Sign", "Verify", "DeriveSharedSecret", "Encapsulate", "Decapsulate", "GetPublicKey"), CRYPTO),
    **dict.fromkeys(("DescribeKey", "GetKeyPolicy", "PutKeyPolicy", "ListKeyPolicies", "ListGrants", "ListAliases"), FREE),
    **dict.fromkeys(("ListResourceTags", "RetireGrant", "RevokeGrant", "DeleteAlias", "GetKeyLastUsage"), FREE),
    **dict.fromkeys(("GetKeyRotationStatus", "ListKeyRotations"), FREE),
    "CreateGrant": "ok D P R I ok C ok",
    "CreateAlias": METADATA,
    "UpdateAlias": METADATA,
    "EnableKey": "ok ok P R I ok C G",
    "DisableKey": "ok ok P R I ok C G",
    **dict.fromkeys(("UpdateKeyDescription", "TagResource", "UntagResource"), METADATA),
    "ScheduleKeyDeletion": "ok ok P R ok ok ok G",
    "CancelKeyDeletion": "N N ok ok N N N N",
    "EnableKeyRotation": CRYPTO,
    "DisableKeyRotation": CRYPTO,
    "RotateKeyOnDemand": "ok D P R I U C G",
    "GetParametersForImport": "ok ok P R ok U C G",
    "ImportKeyMaterial": "ok ok P R ok U C ok",
    "DeleteImportedKeyMaterial": "ok ok ok ok ok U C G",
    "ReplicateKey": "ok D P R I U C G",
    "UpdatePrimaryRegion": CRYPTO,
}
COLUMNS = ("Enabled", "Disabled", "PendingDeletion", "PendingReplicaDeletion", "PendingImport", "Unavailable", "Creating", "Updating")
CELLS = [(operation, KeyState(column), code) for operation, row in TABLE.items() for column, code in zip(COLUMNS, row.split(), strict=True)]


@pytest.mark.parametrize(("operation", "state", "code"), CELLS)
def test_every_cell_of_the_table_answers_as_aws_does(operation: str, state: KeyState, code: str) -> None:
    """A cell either lets the operation pass or raises its one error with its one text."""
    if code == "ok":
        ensure_state_allows(operation, state, ARN)
        return
    with pytest.raises(ApiError) as caught:
        ensure_state_allows(operation, state, ARN)
    assert (caught.value.code, caught.value.message) == TEXTS[code]


def test_the_table_has_no_other_operations() -> None:
    """An operation added to the rules has to be added to the expectation too."""
    assert {operation for operation, _ in VERDICTS} == set(TABLE)
