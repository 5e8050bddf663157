"""Resource policies of secrets."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.calls.pagination import page_position
from strongroom.calls.target import Resource
from strongroom.identity.policy_principals import UnknownPrincipal, shown_form, stored_form
from strongroom.policy.parse import MalformedPolicy, PolicyKind, parse_policy
from strongroom.policy.principals import is_public
from strongroom.secretsmanager.changes import save
from strongroom.secretsmanager.conditions import request_conditions
from strongroom.secretsmanager.errors import InvalidNextToken, InvalidParameter, MalformedPolicyDocument, PublicPolicy
from strongroom.secretsmanager.records import SecretRecord
from strongroom.secretsmanager.resolve import annotated_secret_in_request, resource_of, secret_in_request, secret_to_validate
from strongroom.secretsmanager.service import operation

if TYPE_CHECKING:
    from types_boto3_secretsmanager.type_defs import PutResourcePolicyRequestTypeDef, ValidateResourcePolicyRequestTypeDef

DEFAULT = "default"
PUT = "secretsmanager:PutResourcePolicy"
LOCKED_OUT = "The new resource policy will not allow you to update the resource policy in the future."
UNKNOWN_PRINCIPAL = "This resource policy contains an unsupported principal."
NAMED = ("ARN", "Name")


@operation("PutResourcePolicy", action=PUT, resource=annotated_secret_in_request, conditions=request_conditions, recorded=NAMED)
def put_resource_policy(call: Call, secret: SecretRecord, request: "PutResourcePolicyRequestTypeDef") -> dict[str, Any]:
    """Attach a resource policy in place of the present one.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html
    """
    _ensure_default(request)
    policy = _stored(call, request["ResourcePolicy"])
    if request.get("BlockPublicPolicy") and _opens_to_all(policy):
        raise PublicPolicy
    changed = replace(secret, policy=policy)
    if not call.may(PUT, resource_of(changed), request_conditions(call, request)):
        raise MalformedPolicyDocument(LOCKED_OUT)
    save(call, changed)
    return _named(secret)


@operation("GetResourcePolicy", action="secretsmanager:GetResourcePolicy", resource=secret_in_request, conditions=request_conditions)
def get_resource_policy(call: Call, secret: SecretRecord, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the resource policy; the member is absent where there is none.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html
    """
    shown = {"ARN": secret.arn, "Name": secret.name}
    if secret.policy is None or request.get("PolicyName", DEFAULT) != DEFAULT:
        return shown
    return {**shown, "ResourcePolicy": shown_form(call.store, secret.policy, PolicyKind.RESOURCE), "PolicyName": DEFAULT}


@operation(
    "DeleteResourcePolicy",
    action="secretsmanager:DeleteResourcePolicy",
    resource=annotated_secret_in_request,
    conditions=request_conditions,
    recorded=NAMED,
)
def delete_resource_policy(call: Call, secret: SecretRecord, request: Mapping[str, Any]) -> dict[str, Any]:
    """Remove the resource policy; where there is none, that is fine.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteResourcePolicy.html
    """
    _ensure_default(request)
    if secret.policy is not None:
        save(call, replace(secret, policy=None))
    return _named(secret)


@operation("ListResourcePolicies", action="secretsmanager:ListResourcePolicies", resource=secret_in_request, conditions=request_conditions)
def list_resource_policies(call: Call, secret: SecretRecord, request: Mapping[str, Any]) -> dict[str, Any]:
    """List the names of the policies; only `default` can be attached, so one page holds them all.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListResourcePolicies.html
    """
    page_position(call, request.get("NextToken"), InvalidNextToken)
    return {"ResourcePolicies": [{"PolicyName": DEFAULT}] if secret.policy else []}


@operation(
    "ValidateResourcePolicy",
    action="secretsmanager:ValidateResourcePolicy",
    resource=secret_to_validate,
    conditions=request_conditions,
)
def validate_resource_policy(call: Call, secret: SecretRecord | None, request: "ValidateResourcePolicyRequestTypeDef") -> dict[str, Any]:
    """Say what PutResourcePolicy with BlockPublicPolicy would: grammar, public access, and whether the caller would be locked out.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ValidateResourcePolicy.html
    """
    conditions = request_conditions(call, request)
    call.authorise(PUT, resource_of(secret) if secret else Resource("*", call.account_id), conditions)
    policy = _stored(call, request["ResourcePolicy"])
    errors = []
    if _opens_to_all(policy):
        errors.append({"CheckName": "PUBLIC_ACCESS", "ErrorMessage": PublicPolicy().message})
    if secret is not None and not call.may(PUT, resource_of(replace(secret, policy=policy)), conditions):
        errors.append({"CheckName": "LOCK_OUT", "ErrorMessage": LOCKED_OUT})
    return {"PolicyValidationPassed": not errors, "ValidationErrors": errors}


def _named(secret: SecretRecord) -> dict[str, Any]:
    return {"ARN": secret.arn, "Name": secret.name, "PolicyName": DEFAULT}


def _ensure_default(request: Mapping[str, Any]) -> None:
    if request.get("PolicyName", DEFAULT) != DEFAULT:
        raise InvalidParameter("You can only attach and delete the default resource policy: PolicyName must be default.")


def _stored(call: Call, text: str) -> str:
    """Return the policy as it is stored, its users and roles by unique id. Raises MalformedPolicyDocument."""
    try:
        return stored_form(call.store, text, PolicyKind.RESOURCE)
    except MalformedPolicy as error:
        raise MalformedPolicyDocument(error.reason) from error
    except UnknownPrincipal as error:
        raise MalformedPolicyDocument(UNKNOWN_PRINCIPAL) from error


def _opens_to_all(stored: str) -> bool:
    return is_public(parse_policy(stored, PolicyKind.RESOURCE))
