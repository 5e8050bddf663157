"""Managed policies on users, groups and roles, and permissions boundaries on users and roles."""

from functools import partial
from typing import Any

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.operation import Request, Response
from strongroom.core.arn import parse_arn
from strongroom.core.errors import ValidationFailed
from strongroom.iam.attaching import (
    PERMISSIONS_BOUNDARY,
    PERMISSIONS_POLICY,
    attach,
    attachable_policy,
    detach,
    find_policy,
    require_boundary,
)
from strongroom.iam.conditions import creating, naming_policy
from strongroom.iam.errors import LimitExceeded, NoSuchEntity, PolicyNotAttachable
from strongroom.iam.kinds import GROUP, ROLE, USER, Kind
from strongroom.iam.limits import MANAGED_POLICIES_PER_GROUP, MANAGED_POLICIES_PER_ROLE, MANAGED_POLICIES_PER_USER
from strongroom.iam.paging import page_of, policy_position, under_path
from strongroom.iam.rules.service_roles import PATH_PREFIX, ensure_customers_own
from strongroom.iam.service import IAM
from strongroom.identity.records import EntityRecord

_LIMITS: tuple[tuple[Kind[Any], int], ...] = (
    (USER, MANAGED_POLICIES_PER_USER),
    (GROUP, MANAGED_POLICIES_PER_GROUP),
    (ROLE, MANAGED_POLICIES_PER_ROLE),
)


def _key(kind: Kind[Any], entity: EntityRecord) -> str:
    return str(kind.table.key_of(entity)[1])


def attach_policy(kind: Kind[Any], limit: int, call: Call, entity: EntityRecord, request: Request) -> Response:
    """Attach a managed policy; one that is attached already stays attached.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html and its likes
    """
    ensure_customers_own(entity)
    policy = attachable_policy(call, request["PolicyArn"])
    if policy.path.startswith(PATH_PREFIX):
        raise PolicyNotAttachable("Cannot attach a Service Role Policy to a Customer Role.")
    if policy.arn in entity.attached:
        return {}
    if len(entity.attached) >= limit:
        raise LimitExceeded.of(f"PoliciesPer{kind.name}", limit)
    call.store.replace(kind.table, msgspec.structs.replace(entity, attached=(*entity.attached, policy.arn)))
    attach(call, entity, _key(kind, entity), policy.arn, PERMISSIONS_POLICY)
    return {}


def detach_policy(kind: Kind[Any], call: Call, entity: EntityRecord, request: Request) -> Response:
    """Detach a managed policy.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html and its likes
    """
    ensure_customers_own(entity)
    arn = request["PolicyArn"]
    if parse_arn(arn) is None:
        raise ValidationFailed("Invalid ARN:  Could not be parsed!")
    if arn not in entity.attached:
        raise NoSuchEntity(f"Policy {arn} was not found.")
    remaining = tuple(attached for attached in entity.attached if attached != arn)
    call.store.replace(kind.table, msgspec.structs.replace(entity, attached=remaining))
    detach(call, entity, _key(kind, entity), arn, PERMISSIONS_POLICY)
    return {}


def list_attached(call: Call, entity: EntityRecord, request: Request) -> Response:
    """List attached managed policies under a path.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html and its likes
    """
    wanted = under_path(request)
    found = (find_policy(call, arn) for arn in entity.attached)
    policies, end = page_of(call, request, (p for p in found if p is not None and wanted(p)), policy_position)
    return {"AttachedPolicies": [{"PolicyName": policy.name, "PolicyArn": policy.arn} for policy in policies]} | end


def put_boundary(kind: Kind[Any], call: Call, entity: EntityRecord, request: Request) -> Response:
    """Set the permissions boundary, in place of another.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html and its like for roles
    """
    ensure_customers_own(entity)
    arn = require_boundary(call, request["PermissionsBoundary"])
    if arn == entity.boundary_arn:
        return {}
    if entity.boundary_arn is not None:
        detach(call, entity, _key(kind, entity), entity.boundary_arn, PERMISSIONS_BOUNDARY)
    call.store.replace(kind.table, msgspec.structs.replace(entity, boundary_arn=arn))
    attach(call, entity, _key(kind, entity), arn, PERMISSIONS_BOUNDARY)
    return {}


def delete_boundary(kind: Kind[Any], call: Call, entity: EntityRecord, _: Request) -> Response:
    """Remove the permissions boundary.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html and its like for roles
    """
    ensure_customers_own(entity)
    if entity.boundary_arn is None:
        raise NoSuchEntity(f"The {kind.label} with name {entity.name} does not have a permissions boundary.")
    detach(call, entity, _key(kind, entity), entity.boundary_arn, PERMISSIONS_BOUNDARY)
    call.store.replace(kind.table, msgspec.structs.replace(entity, boundary_arn=None))
    return {}


for _kind, _limit in _LIMITS:
    _attach, _detach, _list = f"Attach{_kind.name}Policy", f"Detach{_kind.name}Policy", f"ListAttached{_kind.name}Policies"
    IAM.operation(_attach, action=f"iam:{_attach}", resource=_kind.in_request, conditions=naming_policy)(
        partial(attach_policy, _kind, _limit)
    )
    IAM.operation(_detach, action=f"iam:{_detach}", resource=_kind.in_request, conditions=naming_policy)(partial(detach_policy, _kind))
    IAM.operation(_list, action=f"iam:{_list}", resource=_kind.in_request)(list_attached)

_BOUNDED: tuple[Kind[Any], ...] = (USER, ROLE)
for _kind in _BOUNDED:
    _put, _delete = f"Put{_kind.name}PermissionsBoundary", f"Delete{_kind.name}PermissionsBoundary"
    IAM.operation(_put, action=f"iam:{_put}", resource=_kind.in_request, conditions=creating)(partial(put_boundary, _kind))
    IAM.operation(_delete, action=f"iam:{_delete}", resource=_kind.in_request)(partial(delete_boundary, _kind))
