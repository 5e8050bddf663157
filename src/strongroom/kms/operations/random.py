"""GenerateRandom.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateRandom.html
"""

from typing import TYPE_CHECKING

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, Response
from strongroom.core.errors import ValidationFailed
from strongroom.kms.cipher import ensure_no_recipient
from strongroom.kms.errors import UnsupportedOperation
from strongroom.kms.key_stores import key_store
from strongroom.kms.service import operation

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import GenerateRandomRequestTypeDef


@operation("GenerateRandom", action="kms:GenerateRandom", resource=ANY_RESOURCE, read_only=True)
def generate_random(call: Call, request: "GenerateRandomRequestTypeDef") -> Response:
    """Return 1 to 1024 random bytes."""
    ensure_no_recipient(request)
    if "CustomKeyStoreId" in request:
        key_store(call.store, call.account_id, call.region, request["CustomKeyStoreId"])
        raise UnsupportedOperation("External key stores make no random bytes.")
    if "NumberOfBytes" not in request:
        raise ValidationFailed("NumberOfBytes is required.")
    return {"Plaintext": call.random_bytes(request["NumberOfBytes"])}
