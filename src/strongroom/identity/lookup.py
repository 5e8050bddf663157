"""Finding users, groups and roles by name, ARN or unique id."""

from strongroom.core.arn import parse_arn
from strongroom.identity.ids import ROLE_PREFIX, USER_PREFIX
from strongroom.identity.records import GroupRecord, RoleRecord, UserRecord, name_key
from strongroom.identity.tables import GROUPS, NAMES, ROLES, UNIQUE_IDS, USERS
from strongroom.storage.ports import Store

USER = "user"
GROUP = "group"
ROLE = "role"


def user_named(store: Store, account_id: str, name: str) -> UserRecord | None:
    """Return the user with this name, whatever its case."""
    found = store.get(NAMES, account_id, USER, name_key(name))
    return store.get(USERS, account_id, found.unique_id) if found else None


def group_named(store: Store, account_id: str, name: str) -> GroupRecord | None:
    """Return the group with this name, whatever its case."""
    found = store.get(NAMES, account_id, GROUP, name_key(name))
    return store.get(GROUPS, account_id, found.unique_id) if found else None


def role_named(store: Store, account_id: str, name: str) -> RoleRecord | None:
    """Return the role with this name, whatever its case."""
    return store.get(ROLES, account_id, name_key(name))


def principal_by_arn(store: Store, arn: str) -> UserRecord | RoleRecord | None:
    """Return the user or role that has exactly this ARN."""
    parts = parse_arn(arn)
    if parts is None or parts.service != "iam":
        return None
    kind, _, path = parts.resource.partition("/")
    name = path.rpartition("/")[2]
    record: UserRecord | RoleRecord | None = None
    if kind == USER:
        record = user_named(store, parts.account_id, name)
    elif kind == ROLE:
        record = role_named(store, parts.account_id, name)
    return record if record is not None and record.arn == arn else None


def principal_by_id(store: Store, unique_id: str) -> UserRecord | RoleRecord | None:
    """Return the user (AIDA...) or role (AROA...) with this unique id."""
    place = store.get(UNIQUE_IDS, unique_id)
    if place is None:
        return None
    if unique_id.startswith(USER_PREFIX):
        return store.get(USERS, place.account_id, place.key)
    if unique_id.startswith(ROLE_PREFIX):
        return store.get(ROLES, place.account_id, place.key)
    return None


def unique_id_of(store: Store, arn: str) -> str | None:
    """Return the unique id of the user or role with this ARN, for storing in policies."""
    record = principal_by_arn(store, arn)
    return record.unique_id if record else None


def arn_of(store: Store, unique_id: str) -> str | None:
    """Return the ARN of the user or role with this unique id, for showing policies; None once it is deleted."""
    record = principal_by_id(store, unique_id)
    return record.arn if record else None
