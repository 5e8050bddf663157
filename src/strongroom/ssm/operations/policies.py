"""Resource policies: sharing a parameter with other accounts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.calls.target import Target
from strongroom.core.arn import parse_arn
from strongroom.core.ids import uuid4
from strongroom.identity.policy_principals import UnknownPrincipal, shown_form, stored_form
from strongroom.policy.kinds import MalformedPolicy, PolicyKind
from strongroom.policy.parse import parse_policy
from strongroom.ssm.errors import (
    MalformedResourcePolicyDocument,
    ResourceNotFound,
    ResourcePolicyConflict,
    ResourcePolicyInvalidParameter,
    ResourcePolicyLimitExceeded,
    ResourcePolicyNotFound,
)
from strongroom.ssm.records import ParameterRecord, ResourcePolicy
from strongroom.ssm.resolve import own_target, parameter_arn
from strongroom.ssm.rules.names import ARN_RESOURCE
from strongroom.ssm.rules.sharing import check_policy_size, check_sharable, check_shared_actions, policy_hash
from strongroom.ssm.service import operation
from strongroom.ssm.tables import PARAMETERS

if TYPE_CHECKING:
    from types_boto3_ssm.type_defs import (
        DeleteResourcePolicyRequestTypeDef,
        GetResourcePoliciesRequestTypeDef,
        PutResourcePolicyRequestTypeDef,
    )

NOT_A_PARAMETER = "The resource ARN must be that of a parameter of this account in this Region."


def shared_parameter(call: Call, request: Mapping[str, Any]) -> Target[ParameterRecord]:
    """Return the parameter whose ARN is the request's ResourceArn. Raises ResourcePolicyInvalidParameter for another ARN."""
    arn = parse_arn(request["ResourceArn"])
    if (
        arn is None
        or (arn.service, arn.region, arn.account_id) != ("ssm", call.region, call.account_id)
        or not arn.resource.startswith(ARN_RESOURCE + "/")
    ):
        raise ResourcePolicyInvalidParameter(NOT_A_PARAMETER, "ResourceArn")
    return own_target(call, arn.resource.removeprefix(ARN_RESOURCE), ResourceNotFound())


@operation("PutResourcePolicy", action="ssm:PutResourcePolicy", resource=shared_parameter, recorded=("PolicyId", "PolicyHash"))
def put_resource_policy(call: Call, record: ParameterRecord, request: "PutResourcePolicyRequestTypeDef") -> Response:
    """Share a parameter, or change how it is shared; a change names the policy's id and its present hash.

    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutResourcePolicy.html
    """
    text = request["Policy"]
    check_sharable(record.current)
    check_policy_size(text)
    stored = _stored(call, text)
    check_shared_actions(parse_policy(stored, PolicyKind.RESOURCE), parameter_arn(record))
    policy_id = request.get("PolicyId")
    if policy_id is not None or request.get("PolicyHash") is not None:
        _ensure_current(record, policy_id, request.get("PolicyHash"))
    elif record.resource_policy is not None:
        raise ResourcePolicyLimitExceeded(1, "PoliciesPerResource")
    policy = ResourcePolicy(policy_id=policy_id or uuid4(call.random_bytes), policy_hash=policy_hash(text), text=stored)
    call.store.replace(PARAMETERS, msgspec.structs.replace(record, resource_policy=policy))
    return {"PolicyId": policy.policy_id, "PolicyHash": policy.policy_hash}


def _stored(call: Call, text: str) -> str:
    """Return a policy as it is stored: a user or role that is made anew under the same name inherits nothing.

    Raises MalformedResourcePolicyDocument.
    """
    try:
        return stored_form(call.store, text, PolicyKind.RESOURCE)
    except MalformedPolicy as error:
        raise MalformedResourcePolicyDocument(error.reason) from error
    except UnknownPrincipal as error:
        raise MalformedResourcePolicyDocument(f"Invalid principal in policy: {error}") from error


@operation("GetResourcePolicies", action="ssm:GetResourcePolicies", resource=shared_parameter)
def get_resource_policies(call: Call, record: ParameterRecord, request: "GetResourcePoliciesRequestTypeDef") -> Response:
    """Return the policy of a parameter, if it has one.

    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetResourcePolicies.html
    """
    del request
    policy = record.resource_policy
    if policy is None:
        return {"Policies": []}
    text = shown_form(call.store, policy.text, PolicyKind.RESOURCE)
    return {"Policies": [{"PolicyId": policy.policy_id, "PolicyHash": policy.policy_hash, "Policy": text}]}


@operation("DeleteResourcePolicy", action="ssm:DeleteResourcePolicy", resource=shared_parameter)
def delete_resource_policy(call: Call, record: ParameterRecord, request: "DeleteResourcePolicyRequestTypeDef") -> Response:
    """Stop sharing a parameter; names the policy's id and its present hash.

    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteResourcePolicy.html
    """
    _ensure_current(record, request["PolicyId"], request["PolicyHash"])
    call.store.replace(PARAMETERS, msgspec.structs.replace(record, resource_policy=None))
    return {}


def _ensure_current(record: ParameterRecord, policy_id: str | None, given_hash: str | None) -> None:
    policy = record.resource_policy
    if policy is None or policy.policy_id != policy_id:
        raise ResourcePolicyNotFound
    if policy.policy_hash != given_hash:
        raise ResourcePolicyConflict
