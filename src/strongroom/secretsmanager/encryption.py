"""Envelope encryption of secret values through KMS, with the caller's own rights.

Each version has a data key of its own, made by GenerateDataKey under the encryption context
{"SecretARN", "SecretVersionId"}; reading a version is one kms Decrypt under the same context.
Source: Secrets Manager User Guide, "Secret encryption and decryption in AWS Secrets Manager".
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from strongroom.calls.call import Call
from strongroom.core.arn import format_arn, parse_arn
from strongroom.core.errors import ApiError
from strongroom.core.secret import SecretBytes
from strongroom.crypto.envelope import DATA_KEY_BYTES, IV_BYTES, open_envelope, seal_envelope
from strongroom.secretsmanager.errors import AsymmetricKey, DecryptionFailure, EncryptionFailure, KmsAccessDenied
from strongroom.secretsmanager.records import SecretRecord, VersionRecord

DEFAULT_KEY = "alias/aws/secretsmanager"
KEY_ACCESS_CHECK = "RequestToValidateKeyAccess"
STRING = "SecretString"
BINARY = "SecretBinary"
_DENIED = "AccessDeniedException"
_WRONG_USAGE = frozenset({"InvalidKeyUsageException", "UnsupportedOperationException"})
_PASSED_ON = frozenset({"ThrottlingException"})


class SecretValue(msgspec.Struct, frozen=True):
    """A value in the clear. `kind` is the member that holds it: SecretString (as UTF-8 here) or SecretBinary."""

    kind: str
    data: SecretBytes

    def member(self) -> dict[str, Any]:
        """Return the response member that shows the value."""
        raw = self.data.reveal()
        return {self.kind: raw.decode() if self.kind == STRING else raw}


def seal_value(call: Call, secret: SecretRecord, version_id: str, value: SecretValue, *, own_data_key: bool = False) -> VersionRecord:
    """Return `value` sealed as a version of `secret`, under a new data key. Raises KmsAccessDenied, AsymmetricKey, EncryptionFailure.

    With `own_data_key` the server draws the data key and KMS only encrypts it: for replicas in other accounts, whose
    keys AWS asks kms:Encrypt for.
    """
    context = _context(secret.arn, version_id)
    made = _encrypted_data_key(call, secret, context) if own_data_key else _data_key(call, secret, secret.kms_key_id, context)
    iv = call.random_bytes(IV_BYTES)
    return VersionRecord(
        account_id=secret.account_id,
        region=secret.region,
        secret_id=secret.secret_id,
        version_id=version_id,
        kind=value.kind,
        iv=iv,
        ciphertext=seal_envelope(made["Plaintext"], iv, value.data.reveal(), _associated_data(secret.arn, version_id, value.kind)),
        encrypted_data_key=made["CiphertextBlob"],
        kms_key_arn=made["KeyId"],
    )


def open_value(call: Call, secret: SecretRecord, version: VersionRecord) -> SecretValue:
    """Return the value of a version. Raises KmsAccessDenied, DecryptionFailure."""
    data_key = _decrypted_data_key(call, secret, version)
    aad = _associated_data(secret.arn, version.version_id, version.kind)
    return SecretValue(version.kind, SecretBytes(open_envelope(data_key, version.iv, version.ciphertext, aad)))


def rewrap(call: Call, secret: SecretRecord, version: VersionRecord, kms_key_id: str | None) -> tuple[bytes, str] | None:
    """Return the version's data key under another KMS key, and that key's ARN; None if the caller's rights don't reach.

    The value itself is not touched. AWS leaves a version as it is where the caller lacks kms:Encrypt on the new key.
    """
    context = _context(secret.arn, version.version_id)
    try:
        data_key = _decrypted_data_key(call, secret, version)
        wrapped = _encrypt(call, secret, kms_key_id, data_key, context)
    except (KmsAccessDenied, DecryptionFailure, EncryptionFailure):
        return None
    return wrapped["CiphertextBlob"], wrapped["KeyId"]


def ensure_key_access(call: Call, secret: SecretRecord, kms_key_id: str | None) -> None:
    """Return if the caller can make and open data keys under the key. Raises KmsAccessDenied, AsymmetricKey, EncryptionFailure."""
    context = _context(secret.arn, KEY_ACCESS_CHECK)
    made = _data_key(call, secret, kms_key_id, context)
    _kms(call, "Decrypt", {"CiphertextBlob": made["CiphertextBlob"], "EncryptionContext": context}, secret.region, DecryptionFailure)


def _encrypt(call: Call, secret: SecretRecord, kms_key_id: str | None, data_key: bytes, context: Mapping[str, str]) -> dict[str, Any]:
    request = {"KeyId": _key_reference(call, secret, kms_key_id), "Plaintext": data_key, "EncryptionContext": context}
    return _kms(call, "Encrypt", request, secret.region, EncryptionFailure)


def _encrypted_data_key(call: Call, secret: SecretRecord, context: Mapping[str, str]) -> dict[str, Any]:
    data_key = call.random_bytes(DATA_KEY_BYTES)
    return {**_encrypt(call, secret, secret.kms_key_id, data_key, context), "Plaintext": data_key}


def _data_key(call: Call, secret: SecretRecord, kms_key_id: str | None, context: Mapping[str, str]) -> dict[str, Any]:
    request = {"KeyId": _key_reference(call, secret, kms_key_id), "KeySpec": "AES_256", "EncryptionContext": context}
    return _kms(call, "GenerateDataKey", request, secret.region, EncryptionFailure)


def _decrypted_data_key(call: Call, secret: SecretRecord, version: VersionRecord) -> bytes:
    request = {"CiphertextBlob": version.encrypted_data_key, "EncryptionContext": _context(secret.arn, version.version_id)}
    data_key: bytes = _kms(call, "Decrypt", request, secret.region, DecryptionFailure)["Plaintext"]
    return data_key


def _context(arn: str, version_id: str) -> dict[str, str]:
    return {"SecretARN": arn, "SecretVersionId": version_id}


def _associated_data(arn: str, version_id: str, kind: str) -> bytes:
    return f"{arn}\0{version_id}\0{kind}".encode()


def _key_reference(call: Call, secret: SecretRecord, kms_key_id: str | None) -> str:
    """Return what KMS is asked for. A bare id or alias means the secret's account, whoever calls."""
    key_id = kms_key_id or DEFAULT_KEY
    if secret.account_id == call.account_id or parse_arn(key_id) is not None:
        return key_id
    resource = key_id if key_id.startswith("alias/") else f"key/{key_id}"
    return format_arn("kms", secret.region, secret.account_id, resource)


def _kms(
    call: Call, operation: str, request: Mapping[str, Any], region: str, failure: type[DecryptionFailure | EncryptionFailure]
) -> dict[str, Any]:
    """Call KMS, and turn what it refuses into what Secrets Manager's callers see."""
    try:
        return call.invoke("kms", operation, request, region)
    except ApiError as error:
        if error.code == _DENIED:
            raise KmsAccessDenied from error
        if error.code in _WRONG_USAGE:
            raise AsymmetricKey from error
        if error.code in _PASSED_ON or not error.sender_fault:
            raise
        raise failure from error
