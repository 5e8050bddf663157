"""GenerateMac and VerifyMac.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateMac.html and API_VerifyMac.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.crypto.keys import macs
from strongroom.kms.cipher import ensure_wanted
from strongroom.kms.conditions import algorithm_conditions
from strongroom.kms.errors import InvalidMac
from strongroom.kms.materials import current_material
from strongroom.kms.records import KeyRecord, KeyUsage
from strongroom.kms.resolve import key_named_in_request
from strongroom.kms.rules.specs import ensure_algorithm, ensure_usage
from strongroom.kms.service import operation
from strongroom.kms.states import ensure_allowed
from strongroom.kms.usage import note_use

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import GenerateMacRequestTypeDef, VerifyMacRequestTypeDef


def _ensure_macs(call: Call, name: str, key: KeyRecord, request: Mapping[str, Any]) -> None:
    ensure_allowed(call, name, key)
    ensure_usage(key, KeyUsage.GENERATE_VERIFY_MAC, name)
    ensure_algorithm(key, request["MacAlgorithm"])
    ensure_wanted(request)


@operation(
    "GenerateMac",
    action="kms:GenerateMac",
    resource=key_named_in_request,
    conditions=algorithm_conditions,
    read_only=True,
    hidden=("Message",),
)
def generate_mac(call: Call, key: KeyRecord, request: "GenerateMacRequestTypeDef") -> Response:
    """Return the MAC of a message."""
    _ensure_macs(call, "GenerateMac", key, request)
    secret = current_material(call.store, key).secret
    mac = macs.make_mac(secret, request["MacAlgorithm"], cast("bytes", request["Message"]))
    note_use(call, key, "GenerateMac")
    return {"Mac": mac, "MacAlgorithm": request["MacAlgorithm"], "KeyId": key.arn}


@operation(
    "VerifyMac", action="kms:VerifyMac", resource=key_named_in_request, conditions=algorithm_conditions, read_only=True, hidden=("Message",)
)
def verify_mac(call: Call, key: KeyRecord, request: "VerifyMacRequestTypeDef") -> Response:
    """Verify a MAC. A bad one is an error, never a false."""
    _ensure_macs(call, "VerifyMac", key, request)
    secret = current_material(call.store, key).secret
    try:
        macs.verify_mac(secret, request["MacAlgorithm"], cast("bytes", request["Message"]), cast("bytes", request["Mac"]))
    except macs.InvalidMac:
        raise InvalidMac from None
    note_use(call, key, "VerifyMac")
    return {"KeyId": key.arn, "MacValid": True, "MacAlgorithm": request["MacAlgorithm"]}
