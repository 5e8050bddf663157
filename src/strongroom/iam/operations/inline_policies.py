"""Inline policies of users, groups and roles: the same four operations for each."""

from functools import partial
from typing import Any

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.operation import Request, Response
from strongroom.iam.errors import LimitExceeded, NoSuchEntity
from strongroom.iam.kinds import GROUP, ROLE, USER, Kind
from strongroom.iam.limits import INLINE_CHARACTERS_PER_GROUP, INLINE_CHARACTERS_PER_ROLE, INLINE_CHARACTERS_PER_USER
from strongroom.iam.paging import page_of
from strongroom.iam.rules.policy_text import check_identity_policy, counted_length
from strongroom.iam.rules.service_roles import ensure_customers_own
from strongroom.iam.service import IAM
from strongroom.identity.records import EntityRecord

_LIMITS: tuple[tuple[Kind[Any], int], ...] = (
    (USER, INLINE_CHARACTERS_PER_USER),
    (GROUP, INLINE_CHARACTERS_PER_GROUP),
    (ROLE, INLINE_CHARACTERS_PER_ROLE),
)


def put_policy(kind: Kind[Any], limit: int, call: Call, entity: EntityRecord, request: Request) -> Response:
    """Add an inline policy, or replace the one of that name. All together may have `limit` characters.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html and its likes
    """
    ensure_customers_own(entity)
    check_identity_policy(request["PolicyDocument"])
    inline = entity.inline | {request["PolicyName"]: request["PolicyDocument"]}
    if sum(map(counted_length, inline.values())) > limit:
        raise LimitExceeded(f"Maximum policy size of {limit} bytes exceeded for {kind.label} {entity.name}")
    call.store.replace(kind.table, msgspec.structs.replace(entity, inline=inline))
    return {}


def _require(kind: Kind[Any], entity: EntityRecord, name: str) -> str:
    text = entity.inline.get(name)
    if text is None:
        raise NoSuchEntity(f"The {kind.label} policy with name {name} cannot be found.")
    return text


def get_policy(kind: Kind[Any], _: Call, entity: EntityRecord, request: Request) -> Response:
    """Return an inline policy.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html and its likes
    """
    text = _require(kind, entity, request["PolicyName"])
    return {kind.member: entity.name, "PolicyName": request["PolicyName"], "PolicyDocument": text}


def delete_policy(kind: Kind[Any], call: Call, entity: EntityRecord, request: Request) -> Response:
    """Remove an inline policy.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPolicy.html and its likes
    """
    ensure_customers_own(entity)
    _require(kind, entity, request["PolicyName"])
    inline = {name: text for name, text in entity.inline.items() if name != request["PolicyName"]}
    call.store.replace(kind.table, msgspec.structs.replace(entity, inline=inline))
    return {}


def list_policies(call: Call, entity: EntityRecord, request: Request) -> Response:
    """List the names of inline policies.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html and its likes
    """
    names, end = page_of(call, request, entity.inline, str)
    return {"PolicyNames": names} | end


for _kind, _limit in _LIMITS:
    for _name, _handler in (
        (f"Put{_kind.name}Policy", partial(put_policy, _kind, _limit)),
        (f"Get{_kind.name}Policy", partial(get_policy, _kind)),
        (f"Delete{_kind.name}Policy", partial(delete_policy, _kind)),
        (f"List{_kind.name}Policies", list_policies),
    ):
        IAM.operation(_name, action=f"iam:{_name}", resource=_kind.in_request)(_handler)
