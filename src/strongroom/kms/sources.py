"""The key behind a ciphertext: named in the request, or by the ciphertext itself. For Decrypt and ReEncrypt."""

from collections.abc import Mapping
from typing import Any

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.target import ConditionSource, Target
from strongroom.core.errors import AccessDenied, ValidationFailed
from strongroom.crypto.messages import BlobHeader
from strongroom.kms.cipher import (
    Decrypted,
    decrypt_asymmetric,
    decrypt_symmetric,
    ensure_no_context,
    ensure_wanted,
    header_of,
    material_of_blob,
)
from strongroom.kms.errors import CiphertextOfUnknownKey, DryRun, IncorrectKey
from strongroom.kms.records import KeyRecord, KeyUsage
from strongroom.kms.resolve import authorised_key, key_resource, key_target
from strongroom.kms.rules.specs import SYMMETRIC_DEFAULT, ensure_algorithm, ensure_usage, is_symmetric
from strongroom.kms.states import ensure_allowed
from strongroom.kms.tables import KEYS

IGNORE_CIPHERTEXT = "IGNORE_CIPHERTEXT"


class Source(msgspec.Struct, frozen=True):
    """A ciphertext to open. `blob` is None in a dry run that leaves it out; `header` is set where the ciphertext alone names its key."""

    key_text: str | None
    blob: bytes | None
    algorithm: str
    context: Mapping[str, str] | None
    header: BlobHeader | None = None


def source_in(request: Mapping[str, Any], *, prefix: str = "") -> Source:
    """Return what a request asks to open; `prefix` is that of ReEncrypt's members. Raises ValidationFailed or InvalidCiphertext."""
    key_text, blob = request.get(f"{prefix}KeyId"), request.get("CiphertextBlob")
    algorithm = request.get(f"{prefix}EncryptionAlgorithm", SYMMETRIC_DEFAULT)
    if IGNORE_CIPHERTEXT in request.get("DryRunModifiers", ()):
        blob = None
        if not request.get("DryRun"):
            raise ValidationFailed("DryRunModifiers can be used only with DryRun.")
    elif blob is None:
        raise ValidationFailed(
            "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null"
        )
    if key_text is None and (blob is None or algorithm != SYMMETRIC_DEFAULT):
        raise ValidationFailed(f"{prefix}KeyId is required unless the ciphertext names a symmetric encryption KMS key.")
    header = header_of(blob) if key_text is None and blob is not None else None
    return Source(key_text, blob, algorithm, request.get(f"{prefix}EncryptionContext"), header)


def source_target(call: Call, source: Source) -> Target[KeyRecord]:
    """Resolve the key of a ciphertext. Raises InvalidCiphertext, or CiphertextOfUnknownKey where the ciphertext names no key here."""
    header = source.header
    if source.key_text is not None or header is None:
        return key_target(call, source.key_text or "", aliases=True, other_accounts=True, context=source.context)
    key = call.store.get(KEYS, header.account_id, call.region, header.key_id)
    if key is None:
        raise CiphertextOfUnknownKey
    return Target(key_resource(call, key, source.context), key)


def authorised_source(call: Call, action: str, source: Source, target: Target[KeyRecord], conditions: ConditionSource) -> KeyRecord:
    """Authorise `action` on the key of a ciphertext. A caller who named no key is not told why one was refused."""
    if source.key_text is not None:
        return authorised_key(call, action, target, conditions)
    try:
        return authorised_key(call, action, target, conditions)
    except AccessDenied:
        raise CiphertextOfUnknownKey from None


def open_source(call: Call, operation: str, key: KeyRecord, source: Source, request: Mapping[str, Any]) -> Decrypted:
    """Decrypt a ciphertext with a key that has been authorised.

    Raises:
        KeyDisabled, InvalidState, InvalidKeyUsage: the key can't decrypt now, or never can.
        IncorrectKey: another key made the ciphertext.
        DryRun: that was all that was asked for.
        InvalidCiphertext: it was changed, or the encryption context is another.
    """
    if source.blob is None:
        raise DryRun
    ensure_allowed(call, operation, key)
    ensure_usage(key, KeyUsage.ENCRYPT_DECRYPT, operation)
    if source.algorithm == SYMMETRIC_DEFAULT and not is_symmetric(key):
        raise IncorrectKey
    ensure_algorithm(key, source.algorithm)
    if not is_symmetric(key):
        ensure_no_context(source.context)
        ensure_wanted(request)
        return decrypt_asymmetric(call, key, source.algorithm, source.blob)
    material = material_of_blob(call, key, source.header or header_of(source.blob))
    ensure_wanted(request)
    return decrypt_symmetric(call, key, material, source.blob, source.context)
