"""ListPoliciesGrantingServiceAccess."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.calls.operation import Request, Response
from strongroom.calls.target import Target
from strongroom.iam.named_by_arn import entity_with_arn
from strongroom.iam.paging import page_of
from strongroom.iam.rules.granted_services import grants_service
from strongroom.iam.service import IAM
from strongroom.identity.policies import policy_texts
from strongroom.identity.records import EntityRecord
from strongroom.policy.compile import compile_policy
from strongroom.policy.documents import PolicyDocument
from strongroom.policy.parse import PolicyKind

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import ListPoliciesGrantingServiceAccessRequestTypeDef


@dataclass(frozen=True, slots=True)
class _Held:
    """A policy of an entity, in AWS's form, and its document."""

    view: dict[str, Any]
    document: PolicyDocument


def _entity(call: Call, request: Request) -> Target[EntityRecord]:
    return entity_with_arn(call, request["Arn"])


@IAM.operation("ListPoliciesGrantingServiceAccess", action="iam:ListPoliciesGrantingServiceAccess", resource=_entity)
def list_policies_granting_service_access(
    call: Call, entity: EntityRecord, request: "ListPoliciesGrantingServiceAccessRequestTypeDef"
) -> Response:
    """List, for each service asked about, the policies of a user (its groups' too), group or role that allow any of its actions.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPoliciesGrantingServiceAccess.html
    """
    held = list(_held(call, entity))
    namespaces, end = page_of(call, request, set(request["ServiceNamespaces"]), str)
    answers = [
        {"ServiceNamespace": name, "Policies": [each.view for each in held if grants_service(each.document, name.lower())]}
        for name in namespaces
    ]
    return {"PoliciesGrantingServiceAccess": answers} | end


def _held(call: Call, entity: EntityRecord) -> Iterator[_Held]:
    for name, text in policy_texts(call.store, entity):
        document = compile_policy(text, PolicyKind.IDENTITY).document
        if name.startswith("arn:"):
            yield _Held({"PolicyName": name.rpartition("/")[2], "PolicyType": "MANAGED", "PolicyArn": name}, document)
        else:
            kind, owner, policy = name.split("/", 2)
            yield _Held({"PolicyName": policy, "PolicyType": "INLINE", "EntityType": kind.upper(), "EntityName": owner}, document)
