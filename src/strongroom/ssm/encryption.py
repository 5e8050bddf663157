"""SecureString values through KMS, with the caller's own rights.

Standard tier: kms Encrypt of the value itself. Advanced tier: an AWS Encryption SDK message under a data key of its own.
Both under the encryption context {"PARAMETER_ARN": <ARN>}, so a value can't be moved to another parameter.

Source: Systems Manager User Guide, "AWS KMS encryption for AWS Systems Manager Parameter Store SecureString parameters".
"""

import base64
from collections.abc import Mapping
from typing import Any

from strongroom.calls.call import Call
from strongroom.core.errors import ApiError
from strongroom.core.secret import SecretBytes
from strongroom.crypto.encryption_sdk import DATA_KEY_BYTES, MESSAGE_ID_BYTES, open_message, parse_message, seal_message
from strongroom.ssm.errors import InvalidKeyId
from strongroom.ssm.records import Content
from strongroom.ssm.rules.content import DEFAULT_KEY, SECURE_STRING, Draft
from strongroom.ssm.rules.tiers import ADVANCED

CONTEXT_KEY = "PARAMETER_ARN"
_PASSED_ON = frozenset({"AccessDeniedException", "ThrottlingException"})


def stored_value(call: Call, arn: str, draft: Draft) -> SecretBytes:
    """Return what a version stores for the draft's value. Raises InvalidKeyId, or AccessDenied with KMS's text."""
    plaintext = draft.value.encode()
    if draft.type != SECURE_STRING:
        return SecretBytes(plaintext)
    key = {"KeyId": draft.key_id or DEFAULT_KEY, "EncryptionContext": {CONTEXT_KEY: arn}}
    if draft.tier != ADVANCED:
        return SecretBytes(_kms(call, "Encrypt", {**key, "Plaintext": plaintext})["CiphertextBlob"])
    made = _kms(call, "GenerateDataKey", {**key, "NumberOfBytes": DATA_KEY_BYTES})
    message_id = call.random_bytes(MESSAGE_ID_BYTES)
    sealed = seal_message(made["Plaintext"], message_id, {CONTEXT_KEY: arn}, made["KeyId"], made["CiphertextBlob"], plaintext)
    return SecretBytes(sealed)


def shown_value(call: Call, arn: str, content: Content, *, decrypt: bool) -> str:
    """Return the value as an answer shows it: a SecureString in the clear if `decrypt`, else the base64 of its ciphertext.

    Raises InvalidKeyId, or AccessDenied with KMS's text.
    """
    stored = content.value.reveal()
    if content.type != SECURE_STRING:
        return stored.decode()
    if not decrypt:
        return base64.b64encode(stored).decode()
    context = {CONTEXT_KEY: arn}
    if content.tier != ADVANCED:
        return _decrypted(call, stored, context).decode()
    message = parse_message(stored)
    return open_message(message, _decrypted(call, message.encrypted_data_key, context)).decode()


def _decrypted(call: Call, blob: bytes, context: Mapping[str, str]) -> bytes:
    plaintext: bytes = _kms(call, "Decrypt", {"CiphertextBlob": blob, "EncryptionContext": context})["Plaintext"]
    return plaintext


def _kms(call: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Call KMS as the caller. What KMS finds wrong with the key becomes InvalidKeyId with KMS's text."""
    try:
        return call.invoke("kms", operation, request)
    except ApiError as error:
        if error.code in _PASSED_ON or not error.sender_fault:
            raise
        raise InvalidKeyId(error.message) from error
