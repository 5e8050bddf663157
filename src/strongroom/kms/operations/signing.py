"""Sign and Verify.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html and API_Verify.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.crypto.keys import signing
from strongroom.kms.cipher import ensure_wanted
from strongroom.kms.conditions import algorithm_conditions
from strongroom.kms.errors import InvalidSignature
from strongroom.kms.materials import current_material, ensure_may_sign
from strongroom.kms.records import KeyRecord, KeyUsage
from strongroom.kms.resolve import key_named_in_request
from strongroom.kms.rules.messages import RAW, ensure_signable
from strongroom.kms.rules.specs import ensure_algorithm, ensure_usage
from strongroom.kms.service import operation
from strongroom.kms.states import ensure_allowed
from strongroom.kms.usage import note_use

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import SignRequestTypeDef, VerifyRequestTypeDef


def _checked(call: Call, name: str, key: KeyRecord, request: Mapping[str, Any]) -> tuple[str, str, bytes]:
    """Return (algorithm, message type, message) if `key` can sign them now."""
    algorithm, message_type, message = request["SigningAlgorithm"], request.get("MessageType", RAW), request["Message"]
    ensure_allowed(call, name, key)
    ensure_usage(key, KeyUsage.SIGN_VERIFY, name)
    ensure_algorithm(key, algorithm)
    ensure_signable(algorithm, message_type, len(message))
    ensure_wanted(request)
    return algorithm, message_type, message


@operation("Sign", action="kms:Sign", resource=key_named_in_request, conditions=algorithm_conditions, read_only=True, hidden=("Message",))
def sign(call: Call, key: KeyRecord, request: "SignRequestTypeDef") -> Response:
    """Sign a message of up to 4096 bytes, or a digest."""
    algorithm, message_type, message = _checked(call, "Sign", key, request)
    ensure_may_sign(call, key)
    signature = signing.sign(current_material(call.store, key).secret, algorithm, message_type, message)
    note_use(call, key, "Sign")
    return {"KeyId": key.arn, "Signature": signature, "SigningAlgorithm": algorithm}


@operation(
    "Verify", action="kms:Verify", resource=key_named_in_request, conditions=algorithm_conditions, read_only=True, hidden=("Message",)
)
def verify(call: Call, key: KeyRecord, request: "VerifyRequestTypeDef") -> Response:
    """Verify a signature. A bad one is an error, never a false."""
    algorithm, message_type, message = _checked(call, "Verify", key, request)
    public_key = current_material(call.store, key).public_key
    try:
        signing.verify(public_key, algorithm, message_type, message, cast("bytes", request["Signature"]))
    except signing.InvalidSignature:
        raise InvalidSignature from None
    note_use(call, key, "Verify")
    return {"KeyId": key.arn, "SignatureValid": True, "SigningAlgorithm": algorithm}
