"""ReEncrypt: from one key or encryption context to another, without the plaintext leaving the server.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html
"""

from typing import TYPE_CHECKING

from strongroom.calls.call import Call
from strongroom.calls.operation import AUTHORISED_BY_HANDLER, Response
from strongroom.calls.target import values_of
from strongroom.kms.cipher import encrypt_under, ensure_encrypts
from strongroom.kms.conditions import cipher_conditions
from strongroom.kms.grants import ensure_grant_tokens
from strongroom.kms.resolve import authorised_key, key_target
from strongroom.kms.rules.specs import SYMMETRIC_DEFAULT, ensure_plaintext_fits
from strongroom.kms.service import operation
from strongroom.kms.sources import authorised_source, open_source, source_in, source_target
from strongroom.kms.throughput import charge_for_key
from strongroom.kms.usage import note_use

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import ReEncryptRequestTypeDef

NAME = "ReEncrypt"


@operation(NAME, action="kms:ReEncryptFrom", resource=AUTHORISED_BY_HANDLER, read_only=True, hidden=("CiphertextBlob",))
def re_encrypt(call: Call, request: "ReEncryptRequestTypeDef") -> Response:
    """Decrypt under the source key and encrypt under the destination key. Both are authorised, each with its own context."""
    ensure_grant_tokens(call, request)
    source = source_in(request, prefix="Source")
    key_text, context = request["DestinationKeyId"], request.get("DestinationEncryptionContext")
    algorithm = request.get("DestinationEncryptionAlgorithm", SYMMETRIC_DEFAULT)
    source_of, destination_of = source_target(call, source), key_target(call, key_text, aliases=True, other_accounts=True, context=context)
    same = {"kms:reencryptonsamekey": values_of(source_of.resource.arn == destination_of.resource.arn) or ()}
    from_conditions = cipher_conditions(source.key_text, source.algorithm, source.context) | same
    source_key = authorised_source(call, "kms:ReEncryptFrom", source, source_of, from_conditions)
    key = authorised_key(call, "kms:ReEncryptTo", destination_of, cipher_conditions(key_text, algorithm, context) | same)
    charge_for_key(call, source_key)
    charge_for_key(call, key)
    ensure_encrypts(call, key, algorithm, NAME, context)
    opened = open_source(call, NAME, source_key, source, request)
    ensure_plaintext_fits(key.spec, algorithm, len(opened.plaintext))
    encrypted = encrypt_under(call, key, algorithm, opened.plaintext.reveal(), context)
    note_use(call, source_key, NAME)
    note_use(call, key, NAME)
    return {
        "CiphertextBlob": encrypted.blob,
        "SourceKeyId": source_key.arn,
        "KeyId": key.arn,
        "SourceEncryptionAlgorithm": source.algorithm,
        "DestinationEncryptionAlgorithm": algorithm,
        "SourceKeyMaterialId": opened.material_id,
        "DestinationKeyMaterialId": encrypted.material_id,
    }
