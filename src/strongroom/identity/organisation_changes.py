"""What an operator does to the organisation: control policies attached and detached, accounts made, closed and opened again."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

import msgspec

from strongroom.core.ids import RandomBytes
from strongroom.identity.ids import is_account_id
from strongroom.identity.organisation import (
    MEMBERS,
    ORGANISATIONS,
    RESOURCE_FULL_ACCESS,
    Controls,
    MemberRecord,
    OrganisationRecord,
    organisation_of,
)
from strongroom.identity.records import AccountRecord
from strongroom.identity.tables import ACCOUNTS
from strongroom.policy.documents import ANYONE, PolicyDocument, Principals
from strongroom.policy.parse import MalformedPolicy, PolicyKind, parse_policy
from strongroom.storage.ports import Store

ROOT_TARGET = "root"
POLICIES_PER_TARGET = 5  # AWS Organizations quota, the full access policy included
LONGEST_POLICY = 5120  # characters; AWS Organizations quota
_PAGE = 500
_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_ID_LENGTH = 10


class ControlType(Enum):
    """The two kinds of control policy; the value is what operators type."""

    SERVICE = "service"
    RESOURCE = "resource"


class OrganisationError(ValueError):
    """The organisation can't be changed that way; the text tells the operator why."""


def found_organisation(store: Store, management_account_id: str, now: float, random_bytes: RandomBytes) -> OrganisationRecord:
    """Return the organisation, buffering a new one if there is none."""
    organisation = organisation_of(store)
    if organisation is None:
        letters = (_ID_LETTERS[byte % len(_ID_LETTERS)] for byte in random_bytes(_ID_LENGTH))
        organisation = OrganisationRecord(
            organisation_id=f"o-{''.join(letters)}",
            management_account_id=management_account_id,
            created_at=now,
            controls=Controls(),
        )
        store.insert(ORGANISATIONS, organisation)
    return organisation


def accounts(store: Store) -> Iterator[AccountRecord]:
    """Yield every account in order of its id."""
    after: Any = None
    while page := store.scan(ACCOUNTS, after=after, limit=_PAGE):
        yield from page
        after = ACCOUNTS.position_of(page[-1])


def change_member(store: Store, account_id: str, **changes: Any) -> None:
    """Buffer a change of what the organisation says about an account: name, closed_at or controls."""
    member = store.get(MEMBERS, account_id)
    if member is None:
        store.insert(MEMBERS, MemberRecord(account_id=account_id, **changes))
    else:
        store.replace(MEMBERS, msgspec.structs.replace(member, **changes))


def close_account(store: Store, organisation: OrganisationRecord, account_id: str, now: float) -> None:
    """Buffer the closing of an account. Nothing of it is deleted. Raises OrganisationError."""
    ensure_member(store, organisation, account_id)
    member = store.get(MEMBERS, account_id)
    if member is not None and member.closed_at is not None:
        raise OrganisationError(f"account {account_id} is closed already")
    change_member(store, account_id, closed_at=now)


def reopen_account(store: Store, account_id: str) -> None:
    """Buffer the reopening of a closed account. Raises OrganisationError."""
    member = store.get(MEMBERS, account_id)
    if member is None or member.closed_at is None:
        raise OrganisationError(f"account {account_id} is not closed")
    change_member(store, account_id, closed_at=None)


def ensure_member(store: Store, organisation: OrganisationRecord, account_id: str) -> None:
    """Return if control policies can bind `account_id`. Raises OrganisationError."""
    if not is_account_id(account_id):
        raise OrganisationError(f"{account_id!r} is not an account id: 12 digits are needed")
    if account_id == organisation.management_account_id:
        raise OrganisationError(f"{account_id} is the management account: it can't be closed, and no control policy binds it")
    if store.get(ACCOUNTS, account_id) is None:
        raise OrganisationError(f"there is no account {account_id}")


def controls_of(store: Store, organisation: OrganisationRecord, target: str) -> Controls:
    """Return what is attached to `root` or to an account. Raises OrganisationError."""
    if target == ROOT_TARGET:
        return organisation.controls
    ensure_member(store, organisation, target)
    member = store.get(MEMBERS, target)
    return member.controls if member else Controls()


def attach_policy(store: Store, organisation: OrganisationRecord, target: str, kind: ControlType, name: str, text: str) -> None:
    """Buffer a control policy on `root` or an account, in place of one of the same name. Raises OrganisationError."""
    check_control_policy(kind, text)
    texts = dict(_texts(controls_of(store, organisation, target), kind))
    texts[name] = text
    if len(texts) > POLICIES_PER_TARGET:
        raise OrganisationError(f"{target} has {POLICIES_PER_TARGET} {kind.value} control policies already")
    _write(store, organisation, target, kind, texts)


def detach_policy(store: Store, organisation: OrganisationRecord, target: str, kind: ControlType, name: str) -> None:
    """Buffer the removal of a control policy. Raises OrganisationError."""
    texts = dict(_texts(controls_of(store, organisation, target), kind))
    if name not in texts:
        raise OrganisationError(f"{target} has no {kind.value} control policy {name}")
    if name == RESOURCE_FULL_ACCESS:
        raise OrganisationError(f"{name} can't be detached")
    del texts[name]
    _write(store, organisation, target, kind, texts)


def check_control_policy(kind: ControlType, text: str) -> None:
    """Return if `text` is a good control policy of its kind. Raises OrganisationError."""
    if len(text) > LONGEST_POLICY:
        raise OrganisationError(f"a control policy has {LONGEST_POLICY} characters at the most, and this one has {len(text)}")
    grammar = PolicyKind.IDENTITY if kind is ControlType.SERVICE else PolicyKind.RESOURCE
    try:
        document = parse_policy(text, grammar)
    except MalformedPolicy as malformed:
        raise OrganisationError(malformed.reason) from malformed
    if kind is ControlType.RESOURCE:
        _check_resource_control(document)


def _check_resource_control(document: PolicyDocument) -> None:
    """AWS lets customers' resource control policies deny only, and name everyone: conditions choose whom."""
    for statement in document.statements:
        if statement.allow:
            raise OrganisationError("a resource control policy may hold Deny statements only")
        if statement.not_principal or statement.principals != Principals(aws=(ANYONE,)):
            raise OrganisationError('a resource control policy must say "Principal": "*", and choose by Condition')


def _texts(controls: Controls, kind: ControlType) -> dict[str, str]:
    return controls.service if kind is ControlType.SERVICE else controls.resource


def _write(store: Store, organisation: OrganisationRecord, target: str, kind: ControlType, texts: dict[str, str]) -> None:
    controls = msgspec.structs.replace(controls_of(store, organisation, target), **{kind.value: texts})
    if target == ROOT_TARGET:
        store.replace(ORGANISATIONS, msgspec.structs.replace(organisation, controls=controls))
    else:
        change_member(store, target, controls=controls)
