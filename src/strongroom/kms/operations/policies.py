"""Key policies.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html and its neighbours.
"""

from typing import TYPE_CHECKING

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.calls.pagination import page_position
from strongroom.kms.conditions import policy_conditions
from strongroom.kms.errors import InvalidMarker
from strongroom.kms.key_policies import POLICY_NAME, acceptable_policy, ensure_policy_name, shown_policy
from strongroom.kms.keys import change_key
from strongroom.kms.records import KeyRecord
from strongroom.kms.resolve import key_conditions, own_key
from strongroom.kms.service import operation
from strongroom.kms.states import ensure_allowed

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import GetKeyPolicyRequestTypeDef, ListKeyPoliciesRequestTypeDef, PutKeyPolicyRequestTypeDef


@operation("GetKeyPolicy", action="kms:GetKeyPolicy", resource=own_key)
def get_key_policy(call: Call, key: KeyRecord, request: "GetKeyPolicyRequestTypeDef") -> Response:
    """Return the key policy's text."""
    ensure_policy_name(request.get("PolicyName", POLICY_NAME))
    return {"Policy": shown_policy(call.store, key.policy), "PolicyName": POLICY_NAME}


@operation("PutKeyPolicy", action="kms:PutKeyPolicy", resource=own_key, conditions=policy_conditions)
def put_key_policy(call: Call, key: KeyRecord, request: "PutKeyPolicyRequestTypeDef") -> None:
    """Replace the key policy."""
    ensure_policy_name(request.get("PolicyName", POLICY_NAME))
    ensure_allowed(call, "PutKeyPolicy", key)
    bypass = request.get("BypassPolicyLockoutSafetyCheck", False)
    policy = acceptable_policy(call, key.arn, request["Policy"], key_conditions(call, key), bypass_lockout_check=bypass)
    change_key(call.store, key, policy=policy)


@operation("ListKeyPolicies", action="kms:ListKeyPolicies", resource=own_key)
def list_key_policies(call: Call, _: KeyRecord, request: "ListKeyPoliciesRequestTypeDef") -> Response:
    """Return the names of a key's policies, which is always `default` alone."""
    page_position(call, request.get("Marker"), InvalidMarker)
    return {"PolicyNames": [POLICY_NAME], "Truncated": False}
