"""Groups and their members."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, Response
from strongroom.core.ids import unique_id
from strongroom.iam import views
from strongroom.iam.errors import DeleteConflict, EntityAlreadyExists, LimitExceeded
from strongroom.iam.kinds import GROUP, USER
from strongroom.iam.limits import GROUPS_PER_USER
from strongroom.iam.paging import page_of, scan_page, under_path
from strongroom.iam.service import IAM
from strongroom.iam.usage import count_one_less, count_one_more
from strongroom.identity import lookup
from strongroom.identity.ids import GROUP_PREFIX
from strongroom.identity.records import GroupRecord, MembershipRecord, NameRecord, UserRecord, name_key
from strongroom.identity.tables import BY_NAME, GROUPS, MEMBERSHIPS, NAMES, USERS

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import (
        AddUserToGroupRequestTypeDef,
        CreateGroupRequestTypeDef,
        GetGroupRequestTypeDef,
        ListGroupsForUserRequestTypeDef,
        ListGroupsRequestTypeDef,
        RemoveUserFromGroupRequestTypeDef,
        UpdateGroupRequestTypeDef,
    )


def _ensure_free(call: Call, name: str) -> None:
    if call.store.get(NAMES, call.account_id, lookup.GROUP, name_key(name)) is not None:
        raise EntityAlreadyExists(f"Group with name {name} already exists.")


def _take_name(call: Call, group: GroupRecord) -> None:
    call.store.insert(NAMES, NameRecord(account_id=group.account_id, kind=lookup.GROUP, name_key=group.name_key, unique_id=group.unique_id))


@IAM.operation("CreateGroup", action="iam:CreateGroup", resource=GROUP.to_create, recorded=("Group",))
def create_group(call: Call, _: None, request: "CreateGroupRequestTypeDef") -> Response:
    """Make an empty group.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html
    """
    name = request["GroupName"]
    _ensure_free(call, name)
    group = GroupRecord(
        account_id=call.account_id,
        name=name,
        name_key=name_key(name),
        path=request.get("Path", "/"),
        created_at=float(int(call.now)),
        unique_id=unique_id(call.random_bytes, GROUP_PREFIX),
    )
    count_one_more(call, "groups")
    call.store.insert(GROUPS, group)
    _take_name(call, group)
    return {"Group": views.group(group)}


@IAM.operation("GetGroup", action="iam:GetGroup", resource=GROUP.in_request)
def get_group(call: Call, group: GroupRecord, request: "GetGroupRequestTypeDef") -> Response:
    """Return a group and a page of its users.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html
    """
    members, end = scan_page(call, request, MEMBERSHIPS, group.account_id, group.unique_id)
    users = (call.store.get(USERS, member.account_id, member.user_id) for member in members)
    return {"Group": views.group(group), "Users": [views.listed_user(user) for user in users if user is not None]} | end


@IAM.operation("ListGroups", action="iam:ListGroups", resource=ANY_RESOURCE)
def list_groups(call: Call, request: "ListGroupsRequestTypeDef") -> Response:
    """List the account's groups under a path, by name.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html
    """
    groups, end = scan_page(call, request, GROUPS, call.account_id, index=BY_NAME, wanted=under_path(request))
    return {"Groups": [views.group(group) for group in groups]} | end


@IAM.operation("ListGroupsForUser", action="iam:ListGroupsForUser", resource=USER.in_request)
def list_groups_for_user(call: Call, user: UserRecord, request: "ListGroupsForUserRequestTypeDef") -> Response:
    """List the groups that a user is in.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html
    """
    found = (call.store.get(GROUPS, user.account_id, group_id) for group_id in user.group_ids)
    groups, end = page_of(call, request, (group for group in found if group is not None), lambda group: group.name_key)
    return {"Groups": [views.group(group) for group in groups]} | end


def _renamed(group: GroupRecord, request: Mapping[str, Any]) -> GroupRecord:
    name = request.get("NewGroupName", group.name)
    return msgspec.structs.replace(group, name=name, name_key=name_key(name), path=request.get("NewPath", group.path))


@IAM.operation("UpdateGroup", action="iam:UpdateGroup", resource=GROUP.in_request)
def update_group(call: Call, group: GroupRecord, request: "UpdateGroupRequestTypeDef") -> Response:
    """Rename or move a group; the caller must be allowed on both ARNs.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html
    """
    changed = _renamed(group, request)
    if changed.arn != group.arn:
        call.authorise("iam:UpdateGroup", GROUP.resource(changed))
    if changed.name_key != group.name_key:
        _ensure_free(call, changed.name)
        call.store.delete(NAMES, group.account_id, lookup.GROUP, group.name_key)
        _take_name(call, changed)
    call.store.replace(GROUPS, changed)
    return {}


@IAM.operation("DeleteGroup", action="iam:DeleteGroup", resource=GROUP.in_request)
def delete_group(call: Call, group: GroupRecord, _: object) -> Response:
    """Delete a group without members and policies.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html
    """
    if group.member_count:
        raise DeleteConflict("Cannot delete entity, must remove users from group first.")
    if group.attached:
        raise DeleteConflict("Cannot delete entity, must detach all policies first.")
    if group.inline:
        raise DeleteConflict("Cannot delete entity, must delete policies first.")
    call.store.delete(GROUPS, group.account_id, group.unique_id)
    call.store.delete(NAMES, group.account_id, lookup.GROUP, group.name_key)
    count_one_less(call, "groups")
    return {}


@IAM.operation("AddUserToGroup", action="iam:AddUserToGroup", resource=GROUP.in_request)
def add_user_to_group(call: Call, group: GroupRecord, request: "AddUserToGroupRequestTypeDef") -> Response:
    """Put a user into a group; one that is in it already stays in it.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html
    """
    user = USER.require(call, request["UserName"])
    if group.unique_id in user.group_ids:
        return {}
    if len(user.group_ids) >= GROUPS_PER_USER:
        raise LimitExceeded.of("GroupsPerUser", GROUPS_PER_USER)
    call.store.replace(USERS, msgspec.structs.replace(user, group_ids=(*user.group_ids, group.unique_id)))
    call.store.replace(GROUPS, msgspec.structs.replace(group, member_count=group.member_count + 1))
    call.store.insert(MEMBERSHIPS, MembershipRecord(account_id=group.account_id, group_id=group.unique_id, user_id=user.unique_id))
    return {}


@IAM.operation("RemoveUserFromGroup", action="iam:RemoveUserFromGroup", resource=GROUP.in_request)
def remove_user_from_group(call: Call, group: GroupRecord, request: "RemoveUserFromGroupRequestTypeDef") -> Response:
    """Take a user out of a group.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html
    """
    user = USER.require(call, request["UserName"])
    if group.unique_id not in user.group_ids:
        return {}
    remaining = tuple(group_id for group_id in user.group_ids if group_id != group.unique_id)
    call.store.replace(USERS, msgspec.structs.replace(user, group_ids=remaining))
    call.store.replace(GROUPS, msgspec.structs.replace(group, member_count=group.member_count - 1))
    key = (group.account_id, group.unique_id, user.unique_id)
    if call.store.get(MEMBERSHIPS, *key) is not None:
        call.store.delete(MEMBERSHIPS, *key)
    return {}
