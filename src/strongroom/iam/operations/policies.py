"""Managed policies."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, Request, Response
from strongroom.calls.target import Resource, Target
from strongroom.core.arn import format_arn
from strongroom.core.ids import unique_id
from strongroom.iam import views
from strongroom.iam.attaching import AnyPolicy
from strongroom.iam.conditions import creating
from strongroom.iam.errors import DeleteConflict, EntityAlreadyExists
from strongroom.iam.kinds import POLICY
from strongroom.iam.limits import MANAGED_POLICY_CHARACTERS
from strongroom.iam.paging import page_of, policy_position, under_path
from strongroom.iam.rules.policy_text import check_managed_policy
from strongroom.iam.rules.tags import requested_tags
from strongroom.iam.service import IAM
from strongroom.iam.usage import count_one_less, count_one_more
from strongroom.identity.ids import POLICY_PREFIX
from strongroom.identity.managed_policies import AWS_MANAGED_POLICIES
from strongroom.identity.records import ManagedPolicyRecord, PolicyVersionRecord, name_key
from strongroom.identity.tables import POLICIES

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import CreatePolicyRequestTypeDef, ListPoliciesRequestTypeDef

FIRST_VERSION = "v1"
SCAN_SIZE = 1500


def any_policy(call: Call, request: Request) -> Target[AnyPolicy]:
    """Resolve PolicyArn to a customer's policy or one of AWS's."""
    aws = AWS_MANAGED_POLICIES.get(request["PolicyArn"])
    if aws is not None:
        return Target(Resource(aws.arn, call.account_id, POLICY.type), aws)
    customer = POLICY.in_request(call, request)
    return Target(customer.resource, customer.record, customer.absent)


def _to_create(call: Call, request: Request) -> Target[None]:
    arn = format_arn("iam", "", call.account_id, f"policy{request.get('Path', '/')}{request['PolicyName']}")
    return Target(Resource(arn, call.account_id, POLICY.type))


@IAM.operation("CreatePolicy", action="iam:CreatePolicy", resource=_to_create, conditions=creating, recorded=("Policy",))
def create_policy(call: Call, _: None, request: "CreatePolicyRequestTypeDef") -> Response:
    """Make a managed policy with version v1.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
    """
    name = request["PolicyName"]
    tags = requested_tags(request.get("Tags", ()))
    if tags:
        call.authorise("iam:TagPolicy", _to_create(call, request).resource, creating(call, request))
    check_managed_policy(request["PolicyDocument"], MANAGED_POLICY_CHARACTERS)
    if call.store.get(POLICIES, call.account_id, name_key(name)) is not None:
        raise EntityAlreadyExists(f"A policy called {name} already exists. Duplicate names are not allowed.")
    now = float(int(call.now))
    policy = ManagedPolicyRecord(
        account_id=call.account_id,
        name=name,
        name_key=name_key(name),
        path=request.get("Path", "/"),
        policy_id=unique_id(call.random_bytes, POLICY_PREFIX),
        created_at=now,
        updated_at=now,
        versions=(PolicyVersionRecord(version_id=FIRST_VERSION, document=request["PolicyDocument"], created_at=now),),
        default_version_id=FIRST_VERSION,
        description=request.get("Description"),
        tags=tags,
    )
    count_one_more(call, "policies")
    call.store.insert(POLICIES, policy)
    return {"Policy": views.listed_policy(call, policy) | {"Tags": views.tag_list(tags) or None}}


@IAM.operation("GetPolicy", action="iam:GetPolicy", resource=any_policy)
def get_policy(call: Call, policy: AnyPolicy, _: object) -> Response:
    """Return a managed policy without its document.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html
    """
    return {"Policy": views.policy(call, policy)}


def _in_scope(call: Call, scope: str) -> Iterator[AnyPolicy]:
    if scope in {"All", "Local"}:
        yield from call.store.scan(POLICIES, call.account_id, limit=SCAN_SIZE)
    if scope in {"All", "AWS"}:
        yield from AWS_MANAGED_POLICIES.values()


def _is_used(call: Call, policy: AnyPolicy, request: "ListPoliciesRequestTypeDef") -> bool:
    attachments, boundaries = views.counts(call, policy)
    usage = request.get("PolicyUsageFilter")
    if usage is not None:
        return (boundaries if usage == "PermissionsBoundary" else attachments) > 0
    return attachments > 0 or not request.get("OnlyAttached", False)


@IAM.operation("ListPolicies", action="iam:ListPolicies", resource=ANY_RESOURCE)
def list_policies(call: Call, request: "ListPoliciesRequestTypeDef") -> Response:
    """List managed policies: the account's, AWS's, or both.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html
    """
    wanted = under_path(request)
    found = (p for p in _in_scope(call, request.get("Scope", "All")) if wanted(p) and _is_used(call, p, request))
    policies, end = page_of(call, request, found, policy_position)
    return {"Policies": [views.listed_policy(call, policy) for policy in policies]} | end


@IAM.operation("DeletePolicy", action="iam:DeletePolicy", resource=POLICY.in_request)
def delete_policy(call: Call, policy: ManagedPolicyRecord, _: object) -> Response:
    """Delete a managed policy that nobody uses and of which only the default version is left.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
    """
    if policy.attachment_count or policy.boundary_count:
        raise DeleteConflict("Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        raise DeleteConflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        )
    call.store.delete(POLICIES, policy.account_id, policy.name_key)
    count_one_less(call, "policies")
    return {}
