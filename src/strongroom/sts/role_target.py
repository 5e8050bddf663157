"""The role that an AssumeRole request names, as a resource with its trust policy."""

import re
from collections.abc import Mapping
from typing import Any

from strongroom.calls.call import Call
from strongroom.calls.target import Resource, Target
from strongroom.core.errors import AccessDenied, ValidationFailed
from strongroom.identity.records import RoleRecord, name_key
from strongroom.identity.tables import ROLES
from strongroom.policy.decision import PrincipalType, ResourceRule
from strongroom.policy.parse import PolicyKind

ROLE_ARN = re.compile(r"arn:aws:iam::([0-9]{12}):role/(?:[!-~]*/)?([\w+=,.@-]{1,64})")


def role_in_request(call: Call, request: Mapping[str, Any]) -> Target[RoleRecord]:
    """Resolve RoleArn. A role that does not exist has no trust policy: the caller is denied, and learns nothing."""
    arn = request["RoleArn"]
    match = ROLE_ARN.fullmatch(arn)
    if match is None:
        raise ValidationFailed(f"{arn} is invalid")
    if call.principal.facts.type is PrincipalType.ROOT:
        raise AccessDenied("Roles may not be assumed by root accounts.")
    role = call.store.get(ROLES, match[1], name_key(match[2]))
    if role is None or role.arn != arn:
        return Target(_resource(arn, match[1], None), None, _denied(call, arn))
    return Target(_resource(arn, match[1], role), role)


def _denied(call: Call, arn: str) -> AccessDenied:
    return AccessDenied(f"User: {call.principal.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}")


def _resource(arn: str, account_id: str, role: RoleRecord | None) -> Resource:
    return Resource(
        arn,
        account_id,
        type="AWS::IAM::Role",
        policy=role.trust_policy if role else None,
        policy_kind=PolicyKind.TRUST,
        rule=ResourceRule.TRUST,
        tags=role.tags if role else {},
        conditions={f"iam:resourcetag/{key.lower()}": (value,) for key, value in role.tags.items()} if role else {},
    )


def trust_of(role: RoleRecord) -> Resource:
    """Return the role as a resource, for the further actions that its trust policy must allow."""
    return _resource(role.arn, role.account_id, role)
