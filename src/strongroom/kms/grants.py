"""Grants in the store, and the question that authorisation asks of them."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.core.arn import root_arn
from strongroom.kms.errors import InvalidGrantToken
from strongroom.kms.keys import change_key
from strongroom.kms.principals import is_service_principal, shown_principal
from strongroom.kms.records import GranteeRecord, GrantRecord, KeyRecord
from strongroom.kms.rules.grants import allows, allows_child
from strongroom.kms.rules.identifiers import key_arn
from strongroom.kms.tables import GRANTEES, GRANTS
from strongroom.policy.decision import PrincipalFacts
from strongroom.storage.ports import Store

TOKEN_PURPOSE = "kms:grant"  # noqa: S105 - names what a token is for
CREATE_GRANT = "CreateGrant"
GrantKey = tuple[str, str, str, str]


def names_of(facts: PrincipalFacts) -> tuple[str, ...]:
    """Return the names under which a caller can be a grantee or may retire: unique id of its user or role, ARN, service."""
    return tuple(name for name in (facts.unique_id, facts.arn, facts.service) if name)


def grant_allows(call: Call, key: KeyRecord, context: Mapping[str, str], action: str) -> bool:
    """Return whether a grant on `key` lets the caller do `action` (such as kms:Decrypt) with this encryption context.

    A SourceArn constraint is met only by a service that calls on behalf of that resource: nobody else's request has aws:SourceArn.
    """
    if not key.grant_count:
        return False
    operation, source_arn = action.partition(":")[2], call.principal.source_arn or None
    for name in names_of(call.principal.facts):
        found = call.store.get(GRANTEES, key.account_id, key.region, key.key_id, name)
        if found is None:
            continue
        if operation == CREATE_GRANT:
            if _allows_child(found, call.request, source_arn):
                return True
        elif any(allows(terms, operation, context, source_arn) for terms in found.grants):
            return True
    return False


def _allows_child(found: GranteeRecord, request: Mapping[str, Any], source_arn: str | None) -> bool:
    """Return whether a grant lets its holder make the requested one: the request must meet its SourceArn, as the new grant must."""
    constraints = request.get("Constraints", {})
    equals, subset = constraints.get("EncryptionContextEquals"), constraints.get("EncryptionContextSubset")
    operations, child_arn = request.get("Operations", ()), constraints.get("SourceArn")
    parents = (parent for parent in found.grants if parent.source_arn in (None, source_arn))
    return any(allows_child(parent, operations, equals, subset, child_arn) for parent in parents)


def add_grant(store: Store, key: KeyRecord, grant: GrantRecord) -> None:
    """Buffer a new grant, its place among its grantee's grants, and the key's count."""
    store.insert(GRANTS, grant)
    found = store.get(GRANTEES, key.account_id, key.region, key.key_id, grant.grantee)
    if found is None:
        store.insert(
            GRANTEES,
            GranteeRecord(account_id=key.account_id, region=key.region, key_id=key.key_id, grantee=grant.grantee, grants=(grant.terms,)),
        )
    else:
        store.replace(GRANTEES, replace(found, grants=(*found.grants, grant.terms)))
    change_key(store, key, grant_count=key.grant_count + 1)


def remove_grant(store: Store, key: KeyRecord, grant: GrantRecord) -> None:
    """Buffer the deletion of a grant that was read in this unit of work."""
    store.delete(GRANTS, *GRANTS.key_of(grant))
    found = store.get(GRANTEES, key.account_id, key.region, key.key_id, grant.grantee)
    if found is not None:
        left = tuple(terms for terms in found.grants if terms.grant_id != grant.grant_id)
        if left:
            store.replace(GRANTEES, replace(found, grants=left))
        else:
            store.delete(GRANTEES, *GRANTEES.key_of(found))
    change_key(store, key, grant_count=key.grant_count - 1)


def grant_entry(store: Store, grant: GrantRecord) -> dict[str, Any]:
    """Return a grant as ListGrants shows it; members without a value are None."""
    terms = grant.terms
    constraints = {
        "EncryptionContextEquals": terms.context_equals,
        "EncryptionContextSubset": terms.context_subset,
        "SourceArn": terms.source_arn,
    }
    present = {name: value for name, value in constraints.items() if value is not None}
    return {
        "KeyId": key_arn(grant.region, grant.account_id, grant.key_id),
        "GrantId": grant.grant_id,
        "Name": grant.name or "",
        "CreationDate": grant.created_at,
        **_shown(store, "Grantee", grant.grantee),
        **_shown(store, "Retiring", grant.retirer),
        "IssuingAccount": root_arn(grant.issuing_account),
        "Operations": list(terms.operations),
        "Constraints": present or None,
    }


def _shown(store: Store, role: str, name: str | None) -> dict[str, str]:
    if name is None:
        return {}
    kind = "ServicePrincipal" if is_service_principal(name) else "Principal"
    return {role + kind: shown_principal(store, name)}


def grant_token(call: Call, grant: GrantRecord) -> str:
    """Return a fresh token for `grant`."""
    return call.environment.tokens.seal(TOKEN_PURPOSE, msgspec.json.encode(GRANTS.key_of(grant)))


def opened_grant_token(call: Call, token: str) -> GrantKey:
    """Return the key of the grant that `token` stands for. Raises InvalidGrantToken."""
    payload = call.environment.tokens.open(TOKEN_PURPOSE, token)
    if payload is None:
        raise InvalidGrantToken
    key: GrantKey = msgspec.json.decode(payload, type=GrantKey)
    return key


def ensure_grant_tokens(call: Call, request: Mapping[str, Any]) -> None:
    """Return if every token in GrantTokens came from CreateGrant. Grants work at once, so tokens allow nothing by themselves."""
    for token in request.get("GrantTokens", ()):
        opened_grant_token(call, token)
