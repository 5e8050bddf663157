"""Users: CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, Response
from strongroom.core.ids import unique_id
from strongroom.iam import views
from strongroom.iam.attaching import PERMISSIONS_BOUNDARY, attach, detach, require_boundary
from strongroom.iam.callers import user_or_caller
from strongroom.iam.conditions import creating
from strongroom.iam.errors import DeleteConflict, EntityAlreadyExists
from strongroom.iam.kinds import USER
from strongroom.iam.paging import scan_page, under_path
from strongroom.iam.rules.tags import requested_tags
from strongroom.iam.service import IAM
from strongroom.iam.usage import count_one_less, count_one_more
from strongroom.identity import lookup
from strongroom.identity.ids import USER_PREFIX
from strongroom.identity.records import AccountRecord, NameRecord, UniqueIdRecord, UserRecord, name_key
from strongroom.identity.tables import ACCOUNT_SETTINGS, BY_NAME, NAMES, UNIQUE_IDS, USERS

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import CreateUserRequestTypeDef, ListUsersRequestTypeDef, UpdateUserRequestTypeDef


def _ensure_free(call: Call, name: str) -> None:
    if call.store.get(NAMES, call.account_id, lookup.USER, name_key(name)) is not None:
        raise EntityAlreadyExists(f"User with name {name} already exists.")


def _take_name(call: Call, user: UserRecord) -> None:
    call.store.insert(NAMES, NameRecord(account_id=user.account_id, kind=lookup.USER, name_key=user.name_key, unique_id=user.unique_id))


@IAM.operation("CreateUser", action="iam:CreateUser", resource=USER.to_create, conditions=creating, recorded=("User",))
def create_user(call: Call, _: None, request: "CreateUserRequestTypeDef") -> Response:
    """Make a user; it may do nothing yet.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html
    """
    name = request["UserName"]
    tags = requested_tags(request.get("Tags", ()))
    if tags:
        call.authorise("iam:TagUser", USER.to_create(call, request).resource, creating(call, request))
    _ensure_free(call, name)
    boundary = request.get("PermissionsBoundary")
    user = UserRecord(
        account_id=call.account_id,
        name=name,
        name_key=name_key(name),
        path=request.get("Path", "/"),
        created_at=float(int(call.now)),
        unique_id=unique_id(call.random_bytes, USER_PREFIX),
        boundary_arn=require_boundary(call, boundary) if boundary is not None else None,
        tags=tags,
    )
    count_one_more(call, "users")
    call.store.insert(USERS, user)
    _take_name(call, user)
    call.store.insert(UNIQUE_IDS, UniqueIdRecord(unique_id=user.unique_id, account_id=user.account_id, key=user.unique_id))
    if user.boundary_arn is not None:
        attach(call, user, user.unique_id, user.boundary_arn, PERMISSIONS_BOUNDARY)
    return {"User": views.user(user)}


@IAM.operation("GetUser", action="iam:GetUser", resource=user_or_caller)
def get_user(call: Call, found: UserRecord | AccountRecord, _: object) -> Response:
    """Return a user, by default the caller; for the root user, the root user.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html
    """
    if isinstance(found, UserRecord):
        return {"User": views.user(found)}
    settings = call.store.get(ACCOUNT_SETTINGS, call.account_id)
    return {
        "User": {
            "UserName": settings.alias if settings else None,
            "UserId": call.account_id,
            "Arn": call.principal.arn,
            "CreateDate": found.created_at,
        }
    }


@IAM.operation("ListUsers", action="iam:ListUsers", resource=ANY_RESOURCE)
def list_users(call: Call, request: "ListUsersRequestTypeDef") -> Response:
    """List the account's users under a path, by name.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
    """
    users, end = scan_page(call, request, USERS, call.account_id, index=BY_NAME, wanted=under_path(request))
    return {"Users": [views.listed_user(user) for user in users]} | end


def _renamed(user: UserRecord, request: Mapping[str, Any]) -> UserRecord:
    name = request.get("NewUserName", user.name)
    return msgspec.structs.replace(user, name=name, name_key=name_key(name), path=request.get("NewPath", user.path))


@IAM.operation("UpdateUser", action="iam:UpdateUser", resource=USER.in_request)
def update_user(call: Call, user: UserRecord, request: "UpdateUserRequestTypeDef") -> Response:
    """Rename or move a user. Its id stays, and with it everything that it has; the caller must be allowed on both ARNs.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html
    """
    changed = _renamed(user, request)
    if changed.arn != user.arn:
        call.authorise("iam:UpdateUser", USER.resource(changed))
    if changed.name_key != user.name_key:
        _ensure_free(call, changed.name)
        call.store.delete(NAMES, user.account_id, lookup.USER, user.name_key)
        _take_name(call, changed)
    call.store.replace(USERS, changed)
    return {}


def _ensure_bare(user: UserRecord) -> None:
    """Return if nothing hangs on the user any more. Raises DeleteConflict."""
    conflicts = (
        (user.access_key_ids, "must delete access keys first."),
        (user.attached, "must detach all policies first."),
        (user.inline, "must delete policies first."),
        (user.group_ids, "must remove users from group first."),
        (user.mfa_keys, "must delete MFA device first."),
        (user.login, "must delete login profile first."),
    )
    for held, text in conflicts:
        if held:
            raise DeleteConflict(f"Cannot delete entity, {text}")


@IAM.operation("DeleteUser", action="iam:DeleteUser", resource=USER.in_request)
def delete_user(call: Call, user: UserRecord, _: object) -> Response:
    """Delete a user on whom nothing hangs any more.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
    """
    _ensure_bare(user)
    if user.boundary_arn is not None:
        detach(call, user, user.unique_id, user.boundary_arn, PERMISSIONS_BOUNDARY)
    call.store.delete(USERS, user.account_id, user.unique_id)
    call.store.delete(NAMES, user.account_id, lookup.USER, user.name_key)
    call.store.get(UNIQUE_IDS, user.unique_id)
    call.store.delete(UNIQUE_IDS, user.unique_id)
    count_one_less(call, "users")
    return {}
