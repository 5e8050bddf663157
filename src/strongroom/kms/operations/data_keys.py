"""Data keys: random keys for use outside KMS, returned in clear and encrypted under a KMS key.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html and its neighbour.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.core.errors import ValidationFailed
from strongroom.kms.cipher import encrypt_symmetric, ensure_no_recipient, ensure_wanted
from strongroom.kms.conditions import encryption_conditions
from strongroom.kms.records import KeyRecord, KeyUsage
from strongroom.kms.resolve import key_named_in_request
from strongroom.kms.rules.limits import DATA_KEY_BYTES
from strongroom.kms.rules.specs import ensure_usage
from strongroom.kms.service import operation
from strongroom.kms.states import ensure_allowed
from strongroom.kms.usage import note_use

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import GenerateDataKeyRequestTypeDef, GenerateDataKeyWithoutPlaintextRequestTypeDef


def _length(request: Mapping[str, Any]) -> int:
    """Return the length of the data key in bytes: by its spec or by number, exactly one of them."""
    if ("KeySpec" in request) == ("NumberOfBytes" in request):
        raise ValidationFailed("Please specify either number of bytes or key spec.")
    length: int = DATA_KEY_BYTES[request["KeySpec"]] if "KeySpec" in request else request["NumberOfBytes"]
    return length


def _generate(call: Call, name: str, key: KeyRecord, request: Mapping[str, Any]) -> Response:
    ensure_allowed(call, name, key)
    ensure_usage(key, KeyUsage.ENCRYPT_DECRYPT, name, symmetric=True)
    length = _length(request)
    ensure_wanted(request)
    data_key = call.random_bytes(length)
    encrypted = encrypt_symmetric(call, key, data_key, request.get("EncryptionContext"))
    note_use(call, key, name)
    return {"KeyId": key.arn, "Plaintext": data_key, "CiphertextBlob": encrypted.blob, "KeyMaterialId": encrypted.material_id}


@operation("GenerateDataKey", action="kms:GenerateDataKey", resource=key_named_in_request, conditions=encryption_conditions, read_only=True)
def generate_data_key(call: Call, key: KeyRecord, request: "GenerateDataKeyRequestTypeDef") -> Response:
    """Return a random key in clear and encrypted."""
    ensure_no_recipient(request)
    return _generate(call, "GenerateDataKey", key, request)


@operation(
    "GenerateDataKeyWithoutPlaintext",
    action="kms:GenerateDataKeyWithoutPlaintext",
    resource=key_named_in_request,
    conditions=encryption_conditions,
    read_only=True,
)
def generate_data_key_without_plaintext(call: Call, key: KeyRecord, request: "GenerateDataKeyWithoutPlaintextRequestTypeDef") -> Response:
    """Return a random key encrypted only."""
    answer = _generate(call, "GenerateDataKeyWithoutPlaintext", key, request)
    del answer["Plaintext"]
    return answer
