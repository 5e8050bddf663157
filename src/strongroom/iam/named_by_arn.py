"""Requests that name a user, group or role by its ARN."""

from typing import Any

from strongroom.calls.call import Call
from strongroom.calls.target import Resource, Target
from strongroom.core.arn import parse_arn
from strongroom.iam.errors import InvalidInput, NoSuchEntity
from strongroom.iam.kinds import GROUP, ROLE, USER, Kind
from strongroom.identity.records import EntityRecord

_KINDS: dict[str, Kind[Any]] = {kind.label: kind for kind in (USER, GROUP, ROLE)}


def entity_with_arn(call: Call, arn: str) -> Target[EntityRecord]:
    """Resolve an ARN to a user, group or role of the caller's account. Raises InvalidInput for what can't be one."""
    parts = parse_arn(arn)
    kind = _KINDS.get(parts.resource.partition("/")[0]) if parts is not None and parts.service == "iam" else None
    if parts is None or kind is None or parts.account_id != call.account_id:
        raise InvalidInput(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    found = kind.find(call.store, call.account_id, parts.resource.rpartition("/")[2])
    if found is None or found.arn != arn:
        return Target(Resource(arn, call.account_id), None, NoSuchEntity(f"The entity with ARN {arn} cannot be found."))
    return Target(kind.resource(found), found)
