"""Grants: creating, listing and revoking them.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html and its neighbours.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.calls.pagination import cut_page, page_position
from strongroom.core.errors import ValidationFailed
from strongroom.kms.cipher import ensure_wanted
from strongroom.kms.conditions import create_grant_conditions, grant_for_service_conditions
from strongroom.kms.errors import GrantNotFound, InvalidMarker, LimitExceeded
from strongroom.kms.grants import add_grant, grant_entry, grant_token, remove_grant
from strongroom.kms.principals import stored_principal
from strongroom.kms.records import GrantRecord, GrantTerms, KeyRecord
from strongroom.kms.resolve import shared_key
from strongroom.kms.rules.grants import ensure_grant_id, ensure_grantable
from strongroom.kms.rules.limits import GRANTS_PER_KEY, PAGE_DEFAULT, SHORT_PAGE, page_limit
from strongroom.kms.service import operation
from strongroom.kms.states import ensure_allowed
from strongroom.kms.tables import GRANTEES, GRANTS

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import CreateGrantRequestTypeDef, ListGrantsRequestTypeDef, RevokeGrantRequestTypeDef

GRANT_ID_BYTES = 32


def _principal(call: Call, request: Mapping[str, Any], role: str) -> str | None:
    """Return the stored form of the grantee or the retiring principal, whichever of its two members names it."""
    principal, service = request.get(f"{role}Principal"), request.get(f"{role}ServicePrincipal")
    if principal is not None and service is not None:
        raise ValidationFailed(f"Specify either {role}Principal or {role}ServicePrincipal, not both.")
    return stored_principal(call.store, principal) if principal is not None else service


def _requested(call: Call, key: KeyRecord, request: Mapping[str, Any]) -> GrantRecord:
    """Return the grant that a request describes, or raise what is wrong with it."""
    constraints = request.get("Constraints", {})
    equals, subset = constraints.get("EncryptionContextEquals"), constraints.get("EncryptionContextSubset")
    ensure_grantable(key, request["Operations"], equals, subset)
    grantee, retirer = _principal(call, request, "Grantee"), _principal(call, request, "Retiring")
    if grantee is None:
        raise ValidationFailed("Specify either GranteePrincipal or GranteeServicePrincipal.")
    if "GranteeServicePrincipal" in request and (retirer is None or "SourceArn" not in constraints):
        raise ValidationFailed("A grant to a service principal needs a SourceArn constraint and a retiring principal.")
    grant_id = call.random_bytes(GRANT_ID_BYTES).hex()
    return GrantRecord(
        account_id=key.account_id,
        region=key.region,
        key_id=key.key_id,
        grant_id=grant_id,
        name=request.get("Name"),
        created_at=call.now,
        grantee=grantee,
        retirer=retirer,
        issuing_account=call.account_id,
        terms=GrantTerms(
            grant_id=grant_id,
            operations=tuple(dict.fromkeys(request["Operations"])),
            context_equals=None if equals is None else dict(equals),
            context_subset=None if subset is None else dict(subset),
            source_arn=constraints.get("SourceArn"),
        ),
    )


def _same_grant(call: Call, wanted: GrantRecord) -> GrantRecord | None:
    """Return the grant of the same name and the same parameters, which a repeated request gets again."""
    if wanted.name is None:
        return None
    same_name = (wanted.name, wanted.account_id, wanted.region, wanted.key_id)
    for found in call.store.scan(GRANTS, *same_name, index="name", limit=GRANTS_PER_KEY):
        terms = replace(wanted.terms, grant_id=found.grant_id)
        if replace(wanted, grant_id=found.grant_id, created_at=found.created_at, terms=terms) == found:
            return found
    return None


@operation(
    "CreateGrant",
    action="kms:CreateGrant",
    resource=shared_key,
    conditions=create_grant_conditions,
    recorded=("GrantId",),
)
def create_grant(call: Call, key: KeyRecord, request: "CreateGrantRequestTypeDef") -> Response:
    """Let a principal use a key; effective at once."""
    ensure_allowed(call, "CreateGrant", key)
    grant = _requested(call, key, request)
    existing = _same_grant(call, grant)
    if existing is None and key.grant_count >= GRANTS_PER_KEY:
        raise LimitExceeded(f"{key.arn} already has the maximum number of grants, {GRANTS_PER_KEY}.")
    ensure_wanted(request)
    if existing is None:
        add_grant(call.store, key, grant)
    else:
        grant = existing
    return {"GrantId": grant.grant_id, "GrantToken": grant_token(call, grant)}


@operation("RevokeGrant", action="kms:RevokeGrant", resource=shared_key, conditions=grant_for_service_conditions)
def revoke_grant(call: Call, key: KeyRecord, request: "RevokeGrantRequestTypeDef") -> None:
    """Delete a grant; what it allowed ends at once."""
    grant_id = request["GrantId"]
    ensure_grant_id(grant_id)
    grant = call.store.get(GRANTS, key.account_id, key.region, key.key_id, grant_id)
    if grant is None:
        raise GrantNotFound(grant_id)
    ensure_wanted(request)
    remove_grant(call.store, key, grant)


def _of_grantee(call: Call, key: KeyRecord, grantee: str, after: str, most: int) -> list[GrantRecord]:
    held = call.store.get(GRANTEES, key.account_id, key.region, key.key_id, grantee)
    ids = sorted(terms.grant_id for terms in held.grants) if held else []
    wanted = [grant_id for grant_id in ids if grant_id > after][:most]
    grants = (call.store.get(GRANTS, key.account_id, key.region, key.key_id, grant_id) for grant_id in wanted)
    return [grant for grant in grants if grant is not None]


def _listed(call: Call, key: KeyRecord, request: Mapping[str, Any], after: str, most: int) -> list[GrantRecord]:
    """Return up to `most` grants beyond the id `after` that pass the request's filters."""
    grantee = _principal(call, request, "Grantee")
    if "GrantId" in request:
        ensure_grant_id(request["GrantId"])
        grant = call.store.get(GRANTS, key.account_id, key.region, key.key_id, request["GrantId"])
        return [grant] if grant is not None and grantee in (None, grant.grantee) and grant.grant_id > after else []
    if grantee is not None:
        return _of_grantee(call, key, grantee, after, most)
    prefix = (key.account_id, key.region, key.key_id)
    return call.store.scan(GRANTS, *prefix, after=(*prefix, after) if after else None, limit=most)


@operation("ListGrants", action="kms:ListGrants", resource=shared_key, conditions=grant_for_service_conditions)
def list_grants(call: Call, key: KeyRecord, request: "ListGrantsRequestTypeDef") -> Response:
    """List the grants on a key in the order of their ids."""
    limit = page_limit(request, SHORT_PAGE, PAGE_DEFAULT)
    position = page_position(call, request.get("Marker"), InvalidMarker)
    found = _listed(call, key, request, "" if position is None else str(position[0]), limit + 1)
    page, marker = cut_page(call, found, limit, lambda grant: (grant.grant_id,))
    grants = [grant_entry(call.store, grant) for grant in page]
    return {"Grants": grants, "NextMarker": marker, "Truncated": marker is not None}
