"""Long-lived access keys of users, and of the root user."""

from typing import TYPE_CHECKING

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.observations import ACCESS_KEY, latest
from strongroom.calls.operation import Response
from strongroom.calls.target import Resource, Target
from strongroom.core.arn import root_arn
from strongroom.core.errors import AccessDenied
from strongroom.core.ids import secret_access_key
from strongroom.core.secret import SecretBytes
from strongroom.iam.callers import root_account, user_or_caller
from strongroom.iam.errors import LimitExceeded, NoSuchEntity
from strongroom.iam.kinds import USER
from strongroom.iam.limits import ACCESS_KEYS_PER_USER
from strongroom.iam.paging import page_of
from strongroom.iam.service import IAM
from strongroom.identity.ids import ACCESS_KEY_PREFIX, new_access_key_id
from strongroom.identity.records import AccessKeyRecord, AccountRecord, UserRecord
from strongroom.identity.tables import ACCESS_KEYS, ACCOUNTS, USERS

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import (
        DeleteAccessKeyRequestTypeDef,
        GetAccessKeyLastUsedRequestTypeDef,
        ListAccessKeysRequestTypeDef,
        UpdateAccessKeyRequestTypeDef,
    )

Owner = UserRecord | AccountRecord
ACTIVE, INACTIVE = "Active", "Inactive"
NEVER = "N/A"


def _key_ids(owner: Owner) -> tuple[str, ...]:
    return owner.access_key_ids if isinstance(owner, UserRecord) else owner.root_access_key_ids


def _user_name(owner: Owner) -> str:
    return owner.name if isinstance(owner, UserRecord) else "root"


def _keep_key_ids(call: Call, owner: Owner, key_ids: tuple[str, ...]) -> None:
    if isinstance(owner, UserRecord):
        call.store.replace(USERS, msgspec.structs.replace(owner, access_key_ids=key_ids))
        return
    account = msgspec.structs.replace(owner, root_access_key_ids=key_ids)
    if call.store.get(ACCOUNTS, owner.account_id) is None:
        call.store.insert(ACCOUNTS, account)
    else:
        call.store.replace(ACCOUNTS, account)


def _require(call: Call, owner: Owner, key_id: str) -> AccessKeyRecord:
    key = call.store.get(ACCESS_KEYS, key_id) if key_id in _key_ids(owner) else None
    if key is None:
        raise NoSuchEntity(f"The Access Key with id {key_id} cannot be found.")
    return key


def _metadata(owner: Owner, key: AccessKeyRecord) -> dict[str, object]:
    return {
        "UserName": _user_name(owner),
        "AccessKeyId": key.access_key_id,
        "Status": ACTIVE if key.active else INACTIVE,
        "CreateDate": key.created_at,
    }


@IAM.operation(
    "CreateAccessKey",
    action="iam:CreateAccessKey",
    resource=user_or_caller,
    recorded=("AccessKey.UserName", "AccessKey.AccessKeyId", "AccessKey.Status", "AccessKey.CreateDate"),
)
def create_access_key(call: Call, owner: Owner, _: object) -> Response:
    """Make an access key. Its secret stands in this answer and nowhere else.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
    """
    key_ids = _key_ids(owner)
    if len(key_ids) >= ACCESS_KEYS_PER_USER:
        raise LimitExceeded.of("AccessKeysPerUser", ACCESS_KEYS_PER_USER)
    secret = secret_access_key(call.random_bytes)
    key = AccessKeyRecord(
        access_key_id=new_access_key_id(ACCESS_KEY_PREFIX, call.account_id, call.random_bytes),
        account_id=call.account_id,
        secret_access_key=SecretBytes(secret.encode()),
        created_at=float(int(call.now)),
        user_id=owner.unique_id if isinstance(owner, UserRecord) else None,
    )
    call.store.insert(ACCESS_KEYS, key)
    _keep_key_ids(call, owner, (*key_ids, key.access_key_id))
    return {"AccessKey": _metadata(owner, key) | {"SecretAccessKey": secret}}


@IAM.operation("ListAccessKeys", action="iam:ListAccessKeys", resource=user_or_caller)
def list_access_keys(call: Call, owner: Owner, request: "ListAccessKeysRequestTypeDef") -> Response:
    """List a user's access keys, without their secrets.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html
    """
    found = (call.store.get(ACCESS_KEYS, key_id) for key_id in _key_ids(owner))
    keys, end = page_of(call, request, (key for key in found if key is not None), lambda key: key.access_key_id)
    return {"AccessKeyMetadata": [_metadata(owner, key) for key in keys]} | end


@IAM.operation("UpdateAccessKey", action="iam:UpdateAccessKey", resource=user_or_caller)
def update_access_key(call: Call, owner: Owner, request: "UpdateAccessKeyRequestTypeDef") -> Response:
    """Switch an access key off or on; the next request feels it.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html
    """
    key = _require(call, owner, request["AccessKeyId"])
    call.store.replace(ACCESS_KEYS, msgspec.structs.replace(key, active=request["Status"] == ACTIVE))
    return {}


@IAM.operation("DeleteAccessKey", action="iam:DeleteAccessKey", resource=user_or_caller)
def delete_access_key(call: Call, owner: Owner, request: "DeleteAccessKeyRequestTypeDef") -> Response:
    """Delete an access key for good.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html
    """
    key = _require(call, owner, request["AccessKeyId"])
    call.store.delete(ACCESS_KEYS, key.access_key_id)
    _keep_key_ids(call, owner, tuple(key_id for key_id in _key_ids(owner) if key_id != key.access_key_id))
    return {}


def _owner_of_key(call: Call, request: "GetAccessKeyLastUsedRequestTypeDef") -> Target[Owner]:
    """Resolve the user whose key it is. An unknown key is denied like one of another account."""
    key = call.store.get(ACCESS_KEYS, request["AccessKeyId"])
    if key is not None and key.account_id == call.account_id:
        if key.user_id is None:
            return Target(Resource(root_arn(key.account_id), key.account_id), root_account(call))
        user = call.store.get(USERS, key.account_id, key.user_id)
        if user is not None:
            return Target(USER.resource(user), user)
    raise AccessDenied(f"User: {call.principal.arn} is not authorized to perform: iam:GetAccessKeyLastUsed")


@IAM.operation("GetAccessKeyLastUsed", action="iam:GetAccessKeyLastUsed", resource=_owner_of_key)
def get_access_key_last_used(call: Call, owner: Owner, request: "GetAccessKeyLastUsedRequestTypeDef") -> Response:
    """Return when, where and for which service an access key was used last.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html
    """
    seen = latest(call.store, ACCESS_KEY, (request["AccessKeyId"],))
    if seen is None:
        return {"UserName": _user_name(owner), "AccessKeyLastUsed": {"ServiceName": NEVER, "Region": NEVER}}
    service, _, region = seen.detail.partition(" ")
    return {"UserName": _user_name(owner), "AccessKeyLastUsed": {"LastUsedDate": seen.time, "ServiceName": service, "Region": region}}
