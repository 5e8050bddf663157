"""Encrypt and Decrypt.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html and API_Decrypt.html
"""

from functools import partial
from typing import TYPE_CHECKING, cast

from strongroom.calls.call import Call
from strongroom.calls.operation import AUTHORISED_BY_HANDLER, Response
from strongroom.kms.cipher import encrypt_under, ensure_encrypts, ensure_no_recipient, ensure_wanted
from strongroom.kms.conditions import cipher_conditions, encryption_conditions
from strongroom.kms.grants import ensure_grant_tokens
from strongroom.kms.records import KeyRecord
from strongroom.kms.resolve import key_named_in_request
from strongroom.kms.rules.specs import SYMMETRIC_DEFAULT, ensure_plaintext_fits
from strongroom.kms.service import operation
from strongroom.kms.sources import authorised_source, open_source, source_in, source_target
from strongroom.kms.throughput import charge_for_key
from strongroom.kms.usage import note_use

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import DecryptRequestTypeDef, EncryptRequestTypeDef


@operation(
    "Encrypt", action="kms:Encrypt", resource=key_named_in_request, conditions=encryption_conditions, read_only=True, hidden=("Plaintext",)
)
def encrypt(call: Call, key: KeyRecord, request: "EncryptRequestTypeDef") -> Response:
    """Encrypt up to 4096 bytes under a symmetric key, less under an RSA key."""
    algorithm = request.get("EncryptionAlgorithm", SYMMETRIC_DEFAULT)
    plaintext = cast("bytes", request["Plaintext"])
    context = request.get("EncryptionContext")
    ensure_encrypts(call, key, algorithm, "Encrypt", context)
    ensure_plaintext_fits(key.spec, algorithm, len(plaintext))
    ensure_wanted(request)
    encrypted = encrypt_under(call, key, algorithm, plaintext, context)
    note_use(call, key, "Encrypt")
    return {"KeyId": key.arn, "CiphertextBlob": encrypted.blob, "EncryptionAlgorithm": algorithm}


@operation("Decrypt", action="kms:Decrypt", resource=AUTHORISED_BY_HANDLER, read_only=True, hidden=("CiphertextBlob",))
def decrypt(call: Call, request: "DecryptRequestTypeDef") -> Response:
    """Decrypt what Encrypt, ReEncrypt or a data key operation returned, or what an RSA public key encrypted."""
    ensure_no_recipient(request)
    ensure_grant_tokens(call, request)
    source = source_in(request)
    conditions = partial(cipher_conditions, source.key_text, source.algorithm, source.context)
    key = authorised_source(call, "kms:Decrypt", source, source_target(call, source), conditions)
    charge_for_key(call, key)
    opened = open_source(call, "Decrypt", key, source, request)
    note_use(call, key, "Decrypt")
    return {
        "KeyId": key.arn,
        "Plaintext": opened.plaintext.reveal(),
        "EncryptionAlgorithm": source.algorithm,
        "KeyMaterialId": opened.material_id,
    }
