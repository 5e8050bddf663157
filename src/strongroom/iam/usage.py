"""How many things an account has, and its quotas."""

import msgspec

from strongroom.calls.call import Call
from strongroom.iam.errors import LimitExceeded
from strongroom.iam.limits import (
    GROUPS_PER_ACCOUNT,
    INSTANCE_PROFILES_PER_ACCOUNT,
    POLICIES_PER_ACCOUNT,
    ROLES_PER_ACCOUNT,
    USERS_PER_ACCOUNT,
)
from strongroom.identity.records import UsageRecord
from strongroom.identity.tables import USAGE

QUOTAS = {
    "users": ("UsersPerAccount", USERS_PER_ACCOUNT),
    "groups": ("GroupsPerAccount", GROUPS_PER_ACCOUNT),
    "roles": ("RolesPerAccount", ROLES_PER_ACCOUNT),
    "policies": ("PoliciesPerAccount", POLICIES_PER_ACCOUNT),
    "instance_profiles": ("InstanceProfilesPerAccount", INSTANCE_PROFILES_PER_ACCOUNT),
}


def usage_of(call: Call) -> UsageRecord:
    """Return the counts of the caller's account."""
    return call.store.get(USAGE, call.account_id) or UsageRecord(account_id=call.account_id)


def count_one_more(call: Call, what: str) -> None:
    """Count one thing more. Raises LimitExceeded when the account has as many as it may."""
    quota, limit = QUOTAS[what]
    stored = call.store.get(USAGE, call.account_id)
    before: int = getattr(stored, what) if stored else 0
    if before >= limit:
        raise LimitExceeded.of(quota, limit)
    if stored is None:
        call.store.insert(USAGE, UsageRecord(account_id=call.account_id, **{what: 1}))
    else:
        call.store.replace(USAGE, msgspec.structs.replace(stored, **{what: before + 1}))


def count_one_less(call: Call, what: str) -> None:
    """Count one thing less."""
    usage = usage_of(call)
    call.store.replace(USAGE, msgspec.structs.replace(usage, **{what: getattr(usage, what) - 1}))
