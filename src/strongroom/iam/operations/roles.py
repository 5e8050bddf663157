"""Roles and their trust policies."""

from typing import TYPE_CHECKING

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, Response
from strongroom.core.ids import unique_id
from strongroom.iam import views
from strongroom.iam.attaching import PERMISSIONS_BOUNDARY, attach, detach, require_boundary
from strongroom.iam.conditions import creating
from strongroom.iam.errors import DeleteConflict, EntityAlreadyExists
from strongroom.iam.kinds import ROLE
from strongroom.iam.paging import scan_page, under_path
from strongroom.iam.rules.service_roles import ensure_customers_own
from strongroom.iam.rules.tags import requested_tags
from strongroom.iam.service import IAM
from strongroom.iam.trust import stored_trust
from strongroom.iam.usage import count_one_less, count_one_more
from strongroom.identity.ids import ROLE_PREFIX
from strongroom.identity.records import RoleRecord, UniqueIdRecord, name_key
from strongroom.identity.tables import ROLES, UNIQUE_IDS

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import (
        CreateRoleRequestTypeDef,
        ListRolesRequestTypeDef,
        UpdateAssumeRolePolicyRequestTypeDef,
        UpdateRoleDescriptionRequestTypeDef,
        UpdateRoleRequestTypeDef,
    )

DEFAULT_MAX_SESSION_DURATION = 3600


@IAM.operation("CreateRole", action="iam:CreateRole", resource=ROLE.to_create, conditions=creating, recorded=("Role",))
def create_role(call: Call, _: None, request: "CreateRoleRequestTypeDef") -> Response:
    """Make a role; whom it trusts may assume it, and it may do nothing yet.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    """
    name = request["RoleName"]
    tags = requested_tags(request.get("Tags", ()))
    if tags:
        call.authorise("iam:TagRole", ROLE.to_create(call, request).resource, creating(call, request))
    if ROLE.find(call.store, call.account_id, name) is not None:
        raise EntityAlreadyExists(f"Role with name {name} already exists.")
    boundary = request.get("PermissionsBoundary")
    role = RoleRecord(
        account_id=call.account_id,
        name=name,
        name_key=name_key(name),
        path=request.get("Path", "/"),
        created_at=float(int(call.now)),
        unique_id=unique_id(call.random_bytes, ROLE_PREFIX),
        trust_policy=stored_trust(call, request["AssumeRolePolicyDocument"]),
        max_session_duration=request.get("MaxSessionDuration", DEFAULT_MAX_SESSION_DURATION),
        description=request.get("Description"),
        boundary_arn=require_boundary(call, boundary) if boundary is not None else None,
        tags=tags,
    )
    insert_role(call, role)
    return {"Role": views.role(call, role)}


def insert_role(call: Call, role: RoleRecord) -> None:
    """Buffer a new role. Raises LimitExceeded."""
    count_one_more(call, "roles")
    call.store.insert(ROLES, role)
    call.store.insert(UNIQUE_IDS, UniqueIdRecord(unique_id=role.unique_id, account_id=role.account_id, key=role.name_key))
    if role.boundary_arn is not None:
        attach(call, role, role.name_key, role.boundary_arn, PERMISSIONS_BOUNDARY)


@IAM.operation("GetRole", action="iam:GetRole", resource=ROLE.in_request)
def get_role(call: Call, role: RoleRecord, _: object) -> Response:
    """Return a role and when it was used last.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
    """
    return {"Role": views.role(call, role) | {"RoleLastUsed": views.role_last_used(call, role)}}


@IAM.operation("ListRoles", action="iam:ListRoles", resource=ANY_RESOURCE)
def list_roles(call: Call, request: "ListRolesRequestTypeDef") -> Response:
    """List the account's roles under a path, by name.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
    """
    roles, end = scan_page(call, request, ROLES, call.account_id, wanted=under_path(request))
    return {"Roles": [views.listed_role(call, role) for role in roles]} | end


@IAM.operation("UpdateRole", action="iam:UpdateRole", resource=ROLE.in_request)
def update_role(call: Call, role: RoleRecord, request: "UpdateRoleRequestTypeDef") -> Response:
    """Change a role's description and its longest session.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html
    """
    ensure_customers_own(role)
    changed = msgspec.structs.replace(
        role,
        description=request.get("Description", role.description),
        max_session_duration=request.get("MaxSessionDuration", role.max_session_duration),
    )
    call.store.replace(ROLES, changed)
    return {}


@IAM.operation("UpdateRoleDescription", action="iam:UpdateRoleDescription", resource=ROLE.in_request, recorded=("Role",))
def update_role_description(call: Call, role: RoleRecord, request: "UpdateRoleDescriptionRequestTypeDef") -> Response:
    """Change a role's description and return the role.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html
    """
    changed = msgspec.structs.replace(role, description=request["Description"])
    call.store.replace(ROLES, changed)
    return {"Role": views.role(call, changed)}


@IAM.operation("UpdateAssumeRolePolicy", action="iam:UpdateAssumeRolePolicy", resource=ROLE.in_request)
def update_assume_role_policy(call: Call, role: RoleRecord, request: "UpdateAssumeRolePolicyRequestTypeDef") -> Response:
    """Replace a role's trust policy.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html
    """
    ensure_customers_own(role)
    call.store.replace(ROLES, msgspec.structs.replace(role, trust_policy=stored_trust(call, request["PolicyDocument"])))
    return {}


@IAM.operation("DeleteRole", action="iam:DeleteRole", resource=ROLE.in_request)
def delete_role(call: Call, role: RoleRecord, _: object) -> Response:
    """Delete a role without policies that is in no instance profile. Its sessions end at once.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
    """
    ensure_customers_own(role)
    if role.attached:
        raise DeleteConflict("Cannot delete entity, must detach all policies first.")
    if role.inline:
        raise DeleteConflict("Cannot delete entity, must delete policies first.")
    if role.instance_profile_keys:
        raise DeleteConflict("Cannot delete entity, must remove roles from instance profile first.")
    remove_role(call, role)
    return {}


def remove_role(call: Call, role: RoleRecord) -> None:
    """Buffer the deletion of a role."""
    if role.boundary_arn is not None:
        detach(call, role, role.name_key, role.boundary_arn, PERMISSIONS_BOUNDARY)
    call.store.delete(ROLES, role.account_id, role.name_key)
    call.store.get(UNIQUE_IDS, role.unique_id)
    call.store.delete(UNIQUE_IDS, role.unique_id)
    count_one_less(call, "roles")
