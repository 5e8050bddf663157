"""Every cell of the table of key states and operations, through the operations themselves."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.unit.kms.bench import ROOT, Bench
from tests.unit.kms.test_states import ARN, CELLS, TEXTS

from strongroom.core.errors import ApiError
from strongroom.kms.records import KeyState

Request = dict[str, Any]
SIGNING: Request = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
HMAC: Request = {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}
AGREEING: Request = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"}
ENCAPSULATING: Request = {"KeySpec": "ML_KEM_768", "KeyUsage": "ENCAPSULATE_DECAPSULATE"}
ECDSA = {"SigningAlgorithm": "ECDSA_SHA_256", "Message": b"m"}
MAC = {"MacAlgorithm": "HMAC_SHA_256", "Message": b"m"}
ML_KEM = {"EncapsulationAlgorithm": "ML_KEM"}
PEER = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
Prepare = Callable[[Bench, str], Request]


def _plain(**more: Any) -> Prepare:
    return lambda _, key: {"KeyId": key, **more}


def _blob(bench: Bench, key: str) -> Request:
    return {"CiphertextBlob": bench.call("Encrypt", KeyId=key, Plaintext=b"x")["CiphertextBlob"]}


def _re_encrypt(bench: Bench, key: str) -> Request:
    return {**_blob(bench, key), "DestinationKeyId": bench.make()}


def _signature(bench: Bench, key: str) -> Request:
    return {"KeyId": key, **ECDSA, "Signature": bench.call("Sign", KeyId=key, **ECDSA)["Signature"]}


def _mac(bench: Bench, key: str) -> Request:
    return {"KeyId": key, **MAC, "Mac": bench.call("GenerateMac", KeyId=key, **MAC)["Mac"]}


def _encapsulated(bench: Bench, key: str) -> Request:
    made = bench.call("Encapsulate", KeyId=key, **ML_KEM)
    return {"KeyId": key, **ML_KEM, "SharedSecretCiphertextBlob": made["SharedSecretCiphertextBlob"]}


def _grant(bench: Bench, key: str) -> Request:
    granted = bench.call("CreateGrant", KeyId=key, GranteePrincipal=ROOT.arn, Operations=["Encrypt"])
    return {"KeyId": key, "GrantId": granted["GrantId"]}


def _alias(bench: Bench, key: str) -> Request:
    bench.call("CreateAlias", AliasName="alias/a", TargetKeyId=key)
    return {"AliasName": "alias/a"}


def _moved_alias(bench: Bench, key: str) -> Request:
    return {**_alias(bench, bench.make()), "TargetKeyId": key}


def _replicated(bench: Bench, key: str) -> Request:
    bench.call("ReplicateKey", KeyId=key, ReplicaRegion="eu-central-1")
    return {"KeyId": key, "PrimaryRegion": "eu-central-1"}


def _scheduled(bench: Bench, key: str) -> Request:
    bench.set(key, deletion_at=2e9, pending_window_days=7)
    return {"KeyId": key}


# operation: (CreateKey's parameters, the request that is right for the key)
CALLS: dict[str, tuple[Request, Prepare]] = {
    "Encrypt": ({}, _plain(Plaintext=b"x")),
    "Decrypt": ({}, _blob),
    "ReEncrypt": ({}, _re_encrypt),
    "GenerateDataKey": ({}, _plain(KeySpec="AES_256")),
    "GenerateDataKeyWithoutPlaintext": ({}, _plain(KeySpec="AES_256")),
    "GenerateDataKeyPair": ({}, _plain(KeyPairSpec="ECC_NIST_P256")),
    "GenerateDataKeyPairWithoutPlaintext": ({}, _plain(KeyPairSpec="ECC_NIST_P256")),
    "GenerateMac": (HMAC, _plain(**MAC)),
    "VerifyMac": (HMAC, _mac),
    "Sign": (SIGNING, _plain(**ECDSA)),
    "Verify": (SIGNING, _signature),
    "DeriveSharedSecret": (AGREEING, _plain(KeyAgreementAlgorithm="ECDH", PublicKey=PEER)),
    "Encapsulate": (ENCAPSULATING, _plain(**ML_KEM)),
    "Decapsulate": (ENCAPSULATING, _encapsulated),
    "GetPublicKey": (SIGNING, _plain()),
    **{name: ({}, _plain()) for name in ("DescribeKey", "GetKeyPolicy", "ListKeyPolicies", "ListGrants", "ListAliases")},
    **{name: ({}, _plain()) for name in ("ListResourceTags", "GetKeyLastUsage", "GetKeyRotationStatus", "ListKeyRotations")},
    "PutKeyPolicy": ({}, lambda bench, key: {"KeyId": key, "Policy": bench.call("GetKeyPolicy", KeyId=key)["Policy"]}),
    "RetireGrant": ({}, _grant),
    "RevokeGrant": ({}, _grant),
    "CreateGrant": ({}, _plain(GranteePrincipal=ROOT.arn, Operations=["Encrypt"])),
    "CreateAlias": ({}, lambda _, key: {"AliasName": "alias/a", "TargetKeyId": key}),
    "UpdateAlias": ({}, _moved_alias),
    "DeleteAlias": ({}, _alias),
    **{name: ({}, _plain()) for name in ("EnableKey", "DisableKey", "ScheduleKeyDeletion")},
    "UpdateKeyDescription": ({}, _plain(Description="new")),
    "TagResource": ({}, _plain(Tags=[{"TagKey": "a", "TagValue": "b"}])),
    "UntagResource": ({}, _plain(TagKeys=["a"])),
    "CancelKeyDeletion": ({}, _scheduled),
    **{name: ({}, _plain()) for name in ("EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand")},
    "GetParametersForImport": (
        {"Origin": "EXTERNAL"},
        _plain(WrappingAlgorithm="RSA_AES_KEY_WRAP_SHA_256", WrappingKeySpec="RSA_2048"),
    ),
    "ImportKeyMaterial": ({"Origin": "EXTERNAL"}, lambda bench, key: bench.wrapped(key, bytes(32))),
    "DeleteImportedKeyMaterial": ({"Origin": "EXTERNAL"}, _plain()),
    "ReplicateKey": ({"MultiRegion": True}, _plain(ReplicaRegion="eu-central-1")),
    "UpdatePrimaryRegion": ({"MultiRegion": True}, _replicated),
}


@pytest.mark.parametrize(("operation", "state", "code"), CELLS)
def test_every_operation_in_every_state(bench: Bench, operation: str, state: KeyState, code: str) -> None:
    """It is done, or refused with the one error of its cell."""
    created, prepare = CALLS[operation]
    key = bench.make(**created)
    request = prepare(bench, key)
    bench.set(key, state=state)
    if code == "ok":
        bench.call(operation, **request)
        return
    with pytest.raises(ApiError) as caught:
        bench.call(operation, **request)
    error, text = TEXTS[code]
    assert (caught.value.code, caught.value.message) == (error, text.replace(ARN, bench.key(key).arn))
    assert bench.key(key).state is state


@pytest.mark.parametrize(("state", "code"), [(state, code) for operation, state, code in CELLS if operation == "ReEncrypt"])
def test_the_destination_of_re_encrypt_has_a_state_too(bench: Bench, state: KeyState, code: str) -> None:
    """As an encrypting key has."""
    blob, key = _blob(bench, bench.make()), bench.make()
    bench.set(key, state=state)
    if code == "ok":
        bench.call("ReEncrypt", **blob, DestinationKeyId=key)
        return
    with pytest.raises(ApiError) as caught:
        bench.call("ReEncrypt", **blob, DestinationKeyId=key)
    error, text = TEXTS[code]
    assert (caught.value.code, caught.value.message) == (error, text.replace(ARN, bench.key(key).arn))


@pytest.mark.parametrize("state", [KeyState.PENDING_DELETION, KeyState.PENDING_REPLICA_DELETION, KeyState.DISABLED])
def test_an_alias_may_leave_a_key_in_any_state(bench: Bench, state: KeyState) -> None:
    """Only the new target counts."""
    old, new = bench.make(), bench.make()
    request = _alias(bench, old)
    bench.set(old, state=state)
    bench.call("UpdateAlias", **request, TargetKeyId=new)
    assert bench.key(new).aliases == ("alias/a",)
