"""Keys: making them, listing them, describing them, switching them on and off.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html and its neighbours.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, Response
from strongroom.calls.pagination import cut_page, page_position
from strongroom.kms.conditions import alias_conditions, create_key_conditions
from strongroom.kms.creation import create_key_record
from strongroom.kms.errors import InvalidMarker
from strongroom.kms.keys import change_key
from strongroom.kms.metadata import key_metadata
from strongroom.kms.records import KeyRecord, KeyState
from strongroom.kms.resolve import key_named_in_request, own_key
from strongroom.kms.rules.identifiers import key_arn
from strongroom.kms.rules.limits import LONG_PAGE, LONG_PAGE_DEFAULT, page_limit
from strongroom.kms.service import operation
from strongroom.kms.states import as_seen, ensure_allowed
from strongroom.kms.tables import KEYS
from strongroom.kms.usage import last_use

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import (
        CreateKeyRequestTypeDef,
        DescribeKeyRequestTypeDef,
        DisableKeyRequestTypeDef,
        EnableKeyRequestTypeDef,
        GetKeyLastUsageRequestTypeDef,
        ListKeysRequestTypeDef,
        UpdateKeyDescriptionRequestTypeDef,
    )


@operation("CreateKey", action="kms:CreateKey", resource=ANY_RESOURCE, conditions=create_key_conditions, recorded=("KeyMetadata",))
def create_key(call: Call, request: "CreateKeyRequestTypeDef") -> Response:
    """Create a KMS key."""
    key = create_key_record(call, request)
    return {"KeyMetadata": key_metadata(key)}


@operation("DescribeKey", action="kms:DescribeKey", resource=key_named_in_request, conditions=alias_conditions)
def describe_key(call: Call, key: KeyRecord, _: "DescribeKeyRequestTypeDef") -> Response:
    """Return everything about a key but its material, policy, tags and aliases."""
    return {"KeyMetadata": key_metadata(as_seen(call, key))}


@operation("ListKeys", action="kms:ListKeys", resource=ANY_RESOURCE)
def list_keys(call: Call, request: "ListKeysRequestTypeDef") -> Response:
    """List the keys of the account in the Region, AWS managed ones included. Keys are never shared through RAM here."""
    limit = page_limit(request, LONG_PAGE, LONG_PAGE_DEFAULT)
    after = page_position(call, request.get("Marker"), InvalidMarker)
    owners: Sequence[str] = request.get("ResourceOwners", ("SELF",))  # type: ignore[assignment] # newer than the stubs
    if "SELF" not in owners:
        return {"Keys": [], "Truncated": False}
    found = call.store.scan_keys(KEYS, call.account_id, call.region, after=after, limit=limit + 1)
    page, marker = cut_page(call, found, limit, lambda key: key)
    beginning = key_arn(call.region, call.account_id, "")
    keys = [{"KeyId": key_id, "KeyArn": f"{beginning}{key_id}"} for _account, _region, key_id in page]
    return {"Keys": keys, "NextMarker": marker, "Truncated": marker is not None}


@operation("EnableKey", action="kms:EnableKey", resource=own_key)
def enable_key(call: Call, key: KeyRecord, _: "EnableKeyRequestTypeDef") -> None:
    """Let a disabled key be used again; an overdue rotation follows at once."""
    ensure_allowed(call, "EnableKey", key)
    if key.state is KeyState.DISABLED:
        change_key(call.store, key, state=KeyState.ENABLED)


@operation("DisableKey", action="kms:DisableKey", resource=own_key)
def disable_key(call: Call, key: KeyRecord, _: "DisableKeyRequestTypeDef") -> None:
    """Stop every use of a key until it is enabled again."""
    ensure_allowed(call, "DisableKey", key)
    if key.state is KeyState.ENABLED:
        change_key(call.store, key, state=KeyState.DISABLED)


@operation("UpdateKeyDescription", action="kms:UpdateKeyDescription", resource=own_key)
def update_key_description(call: Call, key: KeyRecord, request: "UpdateKeyDescriptionRequestTypeDef") -> None:
    """Replace the description."""
    ensure_allowed(call, "UpdateKeyDescription", key)
    change_key(call.store, key, description=request["Description"])


@operation("GetKeyLastUsage", action="kms:GetKeyLastUsage", resource=own_key)
def get_key_last_usage(call: Call, key: KeyRecord, _: "GetKeyLastUsageRequestTypeDef") -> Response:
    """Tell when the key last did cryptographic work. Uses reach the store within a second or so."""
    used = last_use(call, key)
    usage = {}
    if used is not None:
        name, _separator, request_id = used.detail.partition(" ")
        usage = {"Operation": name, "Timestamp": used.time, "KmsRequestId": request_id}
    return {"KeyId": key.arn, "KeyLastUsage": usage, "TrackingStartDate": key.created_at, "KeyCreationDate": key.created_at}
