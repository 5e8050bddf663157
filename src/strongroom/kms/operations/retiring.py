"""Retiring grants, and listing the grants that a principal may retire.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_RetireGrant.html and its neighbour.
"""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, AUTHORISED_BY_HANDLER, Response
from strongroom.calls.pagination import cut_page, page_position
from strongroom.calls.target import Resource
from strongroom.core.arn import parse_arn
from strongroom.core.errors import AccessDenied, ValidationFailed
from strongroom.kms.cipher import ensure_wanted
from strongroom.kms.errors import GrantNotFound, InvalidGrantToken, InvalidMarker
from strongroom.kms.grants import GrantKey, grant_entry, names_of, opened_grant_token, remove_grant
from strongroom.kms.key_policies import default_key_policy
from strongroom.kms.principals import stored_principal
from strongroom.kms.records import GrantRecord, KeyRecord
from strongroom.kms.resolve import key_conditions
from strongroom.kms.rules.grants import ensure_grant_id
from strongroom.kms.rules.identifiers import parse_key_name
from strongroom.kms.rules.limits import PAGE_DEFAULT, SHORT_PAGE, page_limit
from strongroom.kms.service import KEY_TYPE, operation
from strongroom.kms.tables import GRANTS, KEYS
from strongroom.policy.decision import ResourceRule
from strongroom.policy.parse import PolicyKind

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import ListRetirableGrantsRequestTypeDef, RetireGrantRequestTypeDef


def _named_grant(call: Call, request: Mapping[str, Any]) -> GrantKey:
    """Return the key of the grant that a token, or KeyId with GrantId, names."""
    if "GrantToken" in request:
        named = opened_grant_token(call, request["GrantToken"])
        if named[1] != call.region:
            raise InvalidGrantToken
        return named
    if "KeyId" not in request or "GrantId" not in request:
        raise ValidationFailed("You must specify either a grant token, or a combination of the grant ID and key ARN.")
    ensure_grant_id(request["GrantId"])
    name = parse_key_name(request["KeyId"], call.region, aliases=False)
    return name.account_id or call.account_id, call.region, name.key_id or "", request["GrantId"]


def _may_retire(call: Call, grant: GrantRecord, _: str) -> bool:
    names = names_of(call.principal.facts)
    return grant.retirer in names or (grant.grantee in names and "RetireGrant" in grant.terms.operations)


def _resource(call: Call, key: KeyRecord, grant: GrantRecord) -> Resource:
    """Return the key as far as retiring goes: key policies have no say; the account that made the grant and the grant itself do."""
    return Resource(
        key.arn,
        key.account_id,
        type=KEY_TYPE,
        policy=default_key_policy(grant.issuing_account),
        policy_kind=PolicyKind.KEY,
        rule=ResourceRule.KMS_KEY,
        tags=key.tags,
        conditions=key_conditions(call, key),
        grant=partial(_may_retire, call, grant),
    )


@operation("RetireGrant", action="kms:RetireGrant", resource=AUTHORISED_BY_HANDLER)
def retire_grant(call: Call, request: "RetireGrantRequestTypeDef") -> None:
    """Delete a grant that is no longer needed: for its retiring principal, its grantee if it says so, and its account."""
    named = _named_grant(call, request)
    grant = call.store.get(GRANTS, *named)
    key = call.store.get(KEYS, *named[:3])
    if grant is None or key is None:
        raise GrantNotFound(named[3])
    call.authorise("kms:RetireGrant", _resource(call, key, grant))
    ensure_wanted(request)
    remove_grant(call.store, key, grant)


def _retirer(call: Call, request: Mapping[str, Any]) -> str:
    principal, service = request.get("RetiringPrincipal"), request.get("RetiringServicePrincipal")
    if (principal is None) == (service is None):
        raise ValidationFailed("Specify either RetiringPrincipal or RetiringServicePrincipal.")
    if principal is None:
        return str(service)
    arn = parse_arn(principal)
    if arn is not None and arn.account_id != call.account_id:
        raise AccessDenied("You can list the retirable grants of principals of your own account only.")
    return stored_principal(call.store, principal)


@operation("ListRetirableGrants", action="kms:ListRetirableGrants", resource=ANY_RESOURCE)
def list_retirable_grants(call: Call, request: "ListRetirableGrantsRequestTypeDef") -> Response:
    """List the grants, on keys of any account, whose retiring principal is exactly this one."""
    limit = page_limit(request, SHORT_PAGE, PAGE_DEFAULT)
    after = page_position(call, request.get("Marker"), InvalidMarker)
    found = call.store.scan(GRANTS, _retirer(call, request), call.region, index="retirer", after=after, limit=limit + 1)
    page, marker = cut_page(call, found, limit, partial(GRANTS.position_of, index="retirer"))
    return {"Grants": [grant_entry(call.store, grant) for grant in page], "NextMarker": marker, "Truncated": marker is not None}
