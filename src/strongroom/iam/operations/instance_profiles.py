"""Instance profiles: a name under which a machine finds its role."""

from typing import TYPE_CHECKING

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, Response
from strongroom.core.ids import unique_id
from strongroom.iam import views
from strongroom.iam.conditions import creating
from strongroom.iam.errors import DeleteConflict, EntityAlreadyExists, LimitExceeded, NoSuchEntity
from strongroom.iam.kinds import INSTANCE_PROFILE, ROLE
from strongroom.iam.limits import ROLES_PER_INSTANCE_PROFILE
from strongroom.iam.paging import page_of, scan_page, under_path
from strongroom.iam.rules.service_roles import ensure_customers_own
from strongroom.iam.rules.tags import requested_tags
from strongroom.iam.service import IAM
from strongroom.iam.usage import count_one_less, count_one_more
from strongroom.identity.ids import INSTANCE_PROFILE_PREFIX
from strongroom.identity.records import InstanceProfileRecord, RoleRecord, name_key
from strongroom.identity.tables import INSTANCE_PROFILES, ROLES

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import (
        AddRoleToInstanceProfileRequestTypeDef,
        CreateInstanceProfileRequestTypeDef,
        ListInstanceProfilesForRoleRequestTypeDef,
        ListInstanceProfilesRequestTypeDef,
        RemoveRoleFromInstanceProfileRequestTypeDef,
    )


@IAM.operation(
    "CreateInstanceProfile",
    action="iam:CreateInstanceProfile",
    resource=INSTANCE_PROFILE.to_create,
    conditions=creating,
    recorded=("InstanceProfile",),
)
def create_instance_profile(call: Call, _: None, request: "CreateInstanceProfileRequestTypeDef") -> Response:
    """Make an instance profile without a role.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html
    """
    name = request["InstanceProfileName"]
    tags = requested_tags(request.get("Tags", ()))
    if tags:
        call.authorise("iam:TagInstanceProfile", INSTANCE_PROFILE.to_create(call, request).resource, creating(call, request))
    if INSTANCE_PROFILE.find(call.store, call.account_id, name) is not None:
        raise EntityAlreadyExists(f"Instance Profile {name} already exists.")
    profile = InstanceProfileRecord(
        account_id=call.account_id,
        name=name,
        name_key=name_key(name),
        path=request.get("Path", "/"),
        created_at=float(int(call.now)),
        profile_id=unique_id(call.random_bytes, INSTANCE_PROFILE_PREFIX),
        tags=tags,
    )
    count_one_more(call, "instance_profiles")
    call.store.insert(INSTANCE_PROFILES, profile)
    return {"InstanceProfile": _with_tags(call, profile)}


def _with_tags(call: Call, profile: InstanceProfileRecord) -> views.View:
    return views.instance_profile(call, profile) | {"Tags": views.tag_list(profile.tags)}


@IAM.operation("GetInstanceProfile", action="iam:GetInstanceProfile", resource=INSTANCE_PROFILE.in_request)
def get_instance_profile(call: Call, profile: InstanceProfileRecord, _: object) -> Response:
    """Return an instance profile with its role.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetInstanceProfile.html
    """
    return {"InstanceProfile": _with_tags(call, profile)}


@IAM.operation("ListInstanceProfiles", action="iam:ListInstanceProfiles", resource=ANY_RESOURCE)
def list_instance_profiles(call: Call, request: "ListInstanceProfilesRequestTypeDef") -> Response:
    """List the account's instance profiles under a path, by name.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html
    """
    profiles, end = scan_page(call, request, INSTANCE_PROFILES, call.account_id, wanted=under_path(request))
    return {"InstanceProfiles": [views.instance_profile(call, profile) for profile in profiles]} | end


@IAM.operation("ListInstanceProfilesForRole", action="iam:ListInstanceProfilesForRole", resource=ROLE.in_request)
def list_instance_profiles_for_role(call: Call, role: RoleRecord, request: "ListInstanceProfilesForRoleRequestTypeDef") -> Response:
    """List the instance profiles that hold a role.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html
    """
    found = (call.store.get(INSTANCE_PROFILES, role.account_id, key) for key in role.instance_profile_keys)
    profiles, end = page_of(call, request, (p for p in found if p is not None), lambda profile: profile.name_key)
    return {"InstanceProfiles": [views.instance_profile(call, profile) for profile in profiles]} | end


@IAM.operation("DeleteInstanceProfile", action="iam:DeleteInstanceProfile", resource=INSTANCE_PROFILE.in_request)
def delete_instance_profile(call: Call, profile: InstanceProfileRecord, _: object) -> Response:
    """Delete an instance profile that holds no role.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteInstanceProfile.html
    """
    if profile.role_key is not None:
        raise DeleteConflict("Cannot delete entity, must remove roles from instance profile first.")
    call.store.delete(INSTANCE_PROFILES, profile.account_id, profile.name_key)
    count_one_less(call, "instance_profiles")
    return {}


@IAM.operation("AddRoleToInstanceProfile", action="iam:AddRoleToInstanceProfile", resource=INSTANCE_PROFILE.in_request)
def add_role_to_instance_profile(call: Call, profile: InstanceProfileRecord, request: "AddRoleToInstanceProfileRequestTypeDef") -> Response:
    """Put a role into an instance profile; the caller must be allowed to pass it.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html
    """
    role = ROLE.require(call, request["RoleName"])
    ensure_customers_own(role)
    call.authorise("iam:PassRole", ROLE.resource(role), {"iam:passedtoservice": ("ec2.amazonaws.com",)})
    if profile.role_key is not None:
        raise LimitExceeded.of("InstanceSessionsPerInstanceProfile", ROLES_PER_INSTANCE_PROFILE)
    call.store.replace(INSTANCE_PROFILES, msgspec.structs.replace(profile, role_key=role.name_key))
    holders = (*role.instance_profile_keys, profile.name_key)
    call.store.replace(ROLES, msgspec.structs.replace(role, instance_profile_keys=holders))
    return {}


@IAM.operation("RemoveRoleFromInstanceProfile", action="iam:RemoveRoleFromInstanceProfile", resource=INSTANCE_PROFILE.in_request)
def remove_role_from_instance_profile(
    call: Call, profile: InstanceProfileRecord, request: "RemoveRoleFromInstanceProfileRequestTypeDef"
) -> Response:
    """Take the role out of an instance profile.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html
    """
    role = ROLE.require(call, request["RoleName"])
    if profile.role_key != role.name_key:
        raise NoSuchEntity(ROLE.missing.format(request["RoleName"]))
    call.store.replace(INSTANCE_PROFILES, msgspec.structs.replace(profile, role_key=None))
    holders = tuple(key for key in role.instance_profile_keys if key != profile.name_key)
    call.store.replace(ROLES, msgspec.structs.replace(role, instance_profile_keys=holders))
    return {}
