"""Aliases: friendly names for keys. Each operation is authorised on the alias by IAM and on the key by its policy.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html and its neighbours.
"""

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, AUTHORISED_BY_HANDLER, Response
from strongroom.calls.pagination import cut_page, page_position
from strongroom.calls.target import Resource
from strongroom.kms.errors import AliasNotFound, AlreadyExists, InvalidMarker, KeyNotFound
from strongroom.kms.keys import change_key
from strongroom.kms.managed import PREDEFINED_ALIASES
from strongroom.kms.records import AliasRecord, KeyRecord
from strongroom.kms.resolve import authorised_key, key_resource, key_target
from strongroom.kms.rules.aliases import ensure_alias_name, ensure_key_target, ensure_room_for_alias, ensure_same_kind
from strongroom.kms.rules.identifiers import alias_arn, key_arn
from strongroom.kms.rules.limits import PAGE_DEFAULT, SHORT_PAGE, page_limit
from strongroom.kms.service import operation
from strongroom.kms.states import ensure_allowed
from strongroom.kms.tables import ALIASES, KEYS

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import (
        CreateAliasRequestTypeDef,
        DeleteAliasRequestTypeDef,
        ListAliasesRequestTypeDef,
        UpdateAliasRequestTypeDef,
    )


def _authorise_alias(call: Call, action: str, name: str) -> str:
    """Authorise `action` on the alias of this name, whether it exists or not; return its ARN."""
    arn = alias_arn(call.region, call.account_id, name)
    call.authorise(action, Resource(arn, call.account_id))
    return arn


def _existing(call: Call, name: str, arn: str) -> AliasRecord:
    alias = call.store.get(ALIASES, call.account_id, call.region, name)
    if alias is None:
        raise AliasNotFound(arn)
    return alias


def _authorised_target_of(call: Call, action: str, alias: AliasRecord) -> KeyRecord:
    """Authorise `action` on the key that an alias points to now."""
    key = call.store.get(KEYS, call.account_id, call.region, alias.target_key_id)
    if key is None:
        raise KeyNotFound(key_arn(call.region, call.account_id, alias.target_key_id))
    call.authorise(action, key_resource(call, key))
    return key


@operation("CreateAlias", action="kms:CreateAlias", resource=AUTHORISED_BY_HANDLER)
def create_alias(call: Call, request: "CreateAliasRequestTypeDef") -> None:
    """Name a key of the same account and Region."""
    name, text = request["AliasName"], request["TargetKeyId"]
    ensure_alias_name(name)
    ensure_key_target(text)
    target = key_target(call, text, aliases=False, other_accounts=False)
    arn = _authorise_alias(call, "kms:CreateAlias", name)
    key = authorised_key(call, "kms:CreateAlias", target)
    ensure_allowed(call, "CreateAlias", key)
    if call.store.get(ALIASES, call.account_id, call.region, name) is not None:
        raise AlreadyExists(f"An alias with the name {arn} already exists")
    ensure_room_for_alias(key)
    alias = AliasRecord(
        account_id=call.account_id,
        region=call.region,
        name=name,
        target_key_id=key.key_id,
        created_at=call.now,
        updated_at=call.now,
    )
    call.store.insert(ALIASES, alias)
    change_key(call.store, key, aliases=(*key.aliases, name))


@operation("UpdateAlias", action="kms:UpdateAlias", resource=AUTHORISED_BY_HANDLER)
def update_alias(call: Call, request: "UpdateAliasRequestTypeDef") -> None:
    """Point an alias at another key of the same kind."""
    name, text = request["AliasName"], request["TargetKeyId"]
    ensure_alias_name(name)
    ensure_key_target(text)
    target = key_target(call, text, aliases=False, other_accounts=False)
    alias = _existing(call, name, _authorise_alias(call, "kms:UpdateAlias", name))
    old = _authorised_target_of(call, "kms:UpdateAlias", alias)
    new = authorised_key(call, "kms:UpdateAlias", target)
    ensure_allowed(call, "UpdateAlias", new)
    ensure_same_kind(old, new)
    call.store.replace(ALIASES, replace(alias, target_key_id=new.key_id, updated_at=call.now))
    if new.key_id != old.key_id:
        ensure_room_for_alias(new)
        change_key(call.store, old, aliases=tuple(other for other in old.aliases if other != name))
        change_key(call.store, new, aliases=(*new.aliases, name))


@operation("DeleteAlias", action="kms:DeleteAlias", resource=AUTHORISED_BY_HANDLER)
def delete_alias(call: Call, request: "DeleteAliasRequestTypeDef") -> None:
    """Forget an alias; its key stays."""
    name = request["AliasName"]
    ensure_alias_name(name)
    alias = _existing(call, name, _authorise_alias(call, "kms:DeleteAlias", name))
    key = _authorised_target_of(call, "kms:DeleteAlias", alias)
    call.store.delete(ALIASES, *ALIASES.key_of(alias))
    change_key(call.store, key, aliases=tuple(other for other in key.aliases if other != name))


def _entry(call: Call, name: str, alias: AliasRecord | None) -> dict[str, Any]:
    entry: dict[str, Any] = {"AliasName": name, "AliasArn": alias_arn(call.region, call.account_id, name)}
    if alias is not None:
        entry |= {"TargetKeyId": alias.target_key_id, "CreationDate": alias.created_at, "LastUpdatedDate": alias.updated_at}
    return entry


def _names_of_key(call: Call, text: str) -> list[str]:
    target = key_target(call, text, aliases=False, other_accounts=False)
    if target.record is None:
        raise target.absent or KeyNotFound(target.resource.arn)
    return sorted(target.record.aliases)


@operation("ListAliases", action="kms:ListAliases", resource=ANY_RESOURCE)
def list_aliases(call: Call, request: "ListAliasesRequestTypeDef") -> Response:
    """List aliases by name: of one key, or of the account; predefined AWS aliases whose key was not needed yet have no target."""
    limit = page_limit(request, SHORT_PAGE, PAGE_DEFAULT)
    after = page_position(call, request.get("Marker"), InvalidMarker)
    start = "" if after is None else str(after[0])
    if "KeyId" in request:
        names = [name for name in _names_of_key(call, request["KeyId"]) if name > start]
    else:
        position = None if after is None else (call.account_id, call.region, start)
        found = call.store.scan(ALIASES, call.account_id, call.region, after=position, limit=limit + 1)
        names = sorted({*(alias.name for alias in found), *(name for name in PREDEFINED_ALIASES if name > start)})
    page, marker = cut_page(call, names, limit, lambda name: (name,))
    entries = [_entry(call, name, call.store.get(ALIASES, call.account_id, call.region, name)) for name in page]
    return {"Aliases": entries, "NextMarker": marker, "Truncated": marker is not None}
