"""From the identifier in a request to the key that is authorised and handed to the handler.

Source: KMS Developer Guide, "Key identifiers (KeyId)" and "Allowing users in other accounts to use a KMS key".
"""

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

from strongroom.calls.call import Call
from strongroom.calls.target import NO_CONDITIONS, Conditions, ConditionSource, Resource, Target, values_of
from strongroom.kms.errors import AliasNotFound, KeyNotFound
from strongroom.kms.grants import ensure_grant_tokens, grant_allows
from strongroom.kms.managed import key_made_on_first_use
from strongroom.kms.records import KeyRecord
from strongroom.kms.rules.identifiers import alias_arn, key_arn, parse_key_name
from strongroom.kms.service import KEY_TYPE
from strongroom.kms.tables import ALIASES, KEYS
from strongroom.kms.usage import TRAILING_DAYS, TRAILING_DAYS_OPERATIONS, trailing_days
from strongroom.policy.decision import ContextValue, ResourceRule
from strongroom.policy.parse import PolicyKind


@lru_cache(maxsize=1024)
def _kind_conditions(spec: str, usage: str, origin: str, key_type: str | None) -> Mapping[str, ContextValue]:
    conditions: dict[str, ContextValue] = {
        "kms:keyspec": (spec,),
        "kms:customermasterkeyspec": (spec,),
        "kms:keyusage": (usage,),
        "kms:customermasterkeyusage": (usage,),
        "kms:keyorigin": (origin,),
        "kms:multiregion": ("false" if key_type is None else "true",),
    }
    if key_type is not None:
        conditions["kms:multiregionkeytype"] = (key_type,)
    return conditions


def key_conditions(call: Call, key: KeyRecord) -> Conditions:
    """Return the condition keys that the key itself gives."""
    key_type = None if key.primary_region is None else "PRIMARY" if key.primary_region == key.region else "REPLICA"
    conditions = dict(_kind_conditions(key.spec, key.usage, key.origin, key_type))
    if key.aliases:
        conditions["kms:resourcealiases"] = key.aliases
    if call.operation.name in TRAILING_DAYS_OPERATIONS:
        conditions[TRAILING_DAYS] = lambda: values_of(trailing_days(call, key))
    return conditions


def key_resource(call: Call, key: KeyRecord, context: Mapping[str, str] | None = None) -> Resource:
    """Return `key` as the policy engine sees it; `context` is the encryption context that grants are matched against."""
    return Resource(
        key.arn,
        key.account_id,
        type=KEY_TYPE,
        policy=key.policy,
        policy_kind=PolicyKind.KEY,
        rule=ResourceRule.KMS_KEY,
        tags=key.tags,
        conditions=partial(key_conditions, call, key),
        grant=partial(grant_allows, call, key, context or {}),
    )


def key_target(
    call: Call, text: str, *, aliases: bool, other_accounts: bool, context: Mapping[str, str] | None = None
) -> Target[KeyRecord]:
    """Resolve a key identifier.

    An absent key (or alias) is authorised by the caller's own policies first, so that only those who may use such keys learn
    that it does not exist; in another account nobody does. A key of another account is not looked for where the operation
    works in one account only: no policy of it allows anything then.

    Raises:
        InvalidKeyId, WrongRegion: the text alone says that it can't be a key here.
    """
    name = parse_key_name(text, call.region, aliases=aliases)
    account_id = name.account_id or call.account_id
    if account_id != call.account_id and not other_accounts:
        arn = key_arn(call.region, account_id, name.key_id or "")
        return Target(Resource(arn, account_id, type=KEY_TYPE, rule=ResourceRule.KMS_KEY), absent=KeyNotFound(arn))
    if name.alias_name is not None:
        return _alias_target(call, account_id, name.alias_name, context)
    return _id_target(call, account_id, name.key_id or "", context)


def _id_target(call: Call, account_id: str, key_id: str, context: Mapping[str, str] | None) -> Target[KeyRecord]:
    key = call.store.get(KEYS, account_id, call.region, key_id)
    if key is None:
        arn = key_arn(call.region, account_id, key_id)
        return Target(Resource(arn, account_id), absent=KeyNotFound(arn))
    return Target(key_resource(call, key, context), key)


def _alias_target(call: Call, account_id: str, name: str, context: Mapping[str, str] | None) -> Target[KeyRecord]:
    alias = call.store.get(ALIASES, account_id, call.region, name)
    if alias is not None:
        return _id_target(call, account_id, alias.target_key_id, context)
    made = key_made_on_first_use(call, account_id, name)
    if made is not None:
        return Target(key_resource(call, made, context), made)
    arn = alias_arn(call.region, account_id, name)
    return Target(Resource(arn, account_id), absent=AliasNotFound(arn))


def key_named_in_request(call: Call, request: Mapping[str, Any]) -> Target[KeyRecord]:
    """Resolve KeyId of a cryptographic operation, DescribeKey or GetPublicKey: every form, and keys of other accounts."""
    ensure_grant_tokens(call, request)
    return key_target(call, request["KeyId"], aliases=True, other_accounts=True, context=request.get("EncryptionContext"))


def own_key(call: Call, request: Mapping[str, Any]) -> Target[KeyRecord]:
    """Resolve KeyId of an operation that takes a key id or ARN of the caller's own account."""
    return key_target(call, request["KeyId"], aliases=False, other_accounts=False)


def shared_key(call: Call, request: Mapping[str, Any]) -> Target[KeyRecord]:
    """Resolve KeyId of an operation that takes a key id, or the ARN of a key of any account."""
    ensure_grant_tokens(call, request)
    return key_target(call, request["KeyId"], aliases=False, other_accounts=True)


def authorised_key(call: Call, action: str, target: Target[KeyRecord], conditions: ConditionSource = NO_CONDITIONS) -> KeyRecord:
    """Authorise `action` on a target and return its key. For handlers with more than one resource.

    Raises AccessDenied, or the target's own error for a key that is not there.
    """
    call.authorise(action, target.resource, conditions)
    if target.record is None:
        raise target.absent or KeyNotFound(target.resource.arn)
    return target.record
