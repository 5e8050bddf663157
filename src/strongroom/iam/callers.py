"""Requests without UserName: they mean the user who calls."""

from collections.abc import Mapping
from typing import Any

from strongroom.calls.call import Call
from strongroom.calls.target import Resource, Target
from strongroom.core.errors import ValidationFailed
from strongroom.iam.kinds import USER
from strongroom.identity.records import AccountRecord, UserRecord
from strongroom.identity.tables import ACCOUNTS, USERS
from strongroom.policy.decision import PrincipalType


def user_or_caller(call: Call, request: Mapping[str, Any]) -> Target[UserRecord | AccountRecord]:
    """Resolve UserName, or the calling user where there is none; the root user is given as its account. Raises ValidationFailed."""
    if "UserName" in request:
        named = USER.in_request(call, request)
        return Target(named.resource, named.record, named.absent)
    facts = call.principal.facts
    if facts.type is PrincipalType.ROOT:
        return Target(Resource(facts.arn, facts.account_id), root_account(call))
    user = call.store.get(USERS, facts.account_id, facts.unique_id) if facts.type is PrincipalType.USER else None
    if user is None:
        raise ValidationFailed("Must specify userName when calling with non-User credentials")
    return Target(USER.resource(user), user)


def root_account(call: Call) -> AccountRecord:
    """Return the caller's account; one that was never made (dev mode) begins now."""
    return call.store.get(ACCOUNTS, call.account_id) or AccountRecord(account_id=call.account_id, created_at=float(int(call.now)))
