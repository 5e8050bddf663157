"""The organisation that all accounts of a server form: closed accounts, and the control policies that bind accounts and their resources.

There is none until the operator makes one, and then a call pays one cached look-up for it. Control policies stand on two
levels, the organisation's root and the account; each level must allow. The management account is bound by none.

Sources: AWS Organizations User Guide, "Service control policies" and "Resource control policies".
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from strongroom.policy.compile import compile_policy
from strongroom.policy.decision import NamedPolicy, PrincipalFacts, PrincipalType
from strongroom.policy.parse import PolicyKind
from strongroom.storage.ports import Records
from strongroom.storage.table import Table, table

SCOPE = "organisation"
ROOT_SESSIONS = "RootSessions"
ROOT_CREDENTIALS_MANAGEMENT = "RootCredentialsManagement"
FULL_ACCESS = "FullAWSAccess"
RESOURCE_FULL_ACCESS = "RCPFullAWSAccess"
ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
RESOURCE_ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
_CLOSED = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}'
_CLOSED_ACCOUNT = "closed account"
_UNBOUND = frozenset({PrincipalType.SERVICE, PrincipalType.ANONYMOUS})
_CACHED = 1024  # compiled control policies with their names, kept in each process
Levels = tuple[tuple[NamedPolicy, ...], ...]


class Controls(msgspec.Struct, frozen=True, kw_only=True):
    """The control policies of one level, by name, as JSON texts. A level that allows nothing closes everything below it."""

    service: dict[str, str] = msgspec.field(default_factory=lambda: {FULL_ACCESS: ALLOW_ALL})
    resource: dict[str, str] = msgspec.field(default_factory=lambda: {RESOURCE_FULL_ACCESS: RESOURCE_ALLOW_ALL})


class OrganisationRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The organisation: there is one in a server at the most.

    Attributes:
        organisation_id: `o-` and ten letters or digits, for aws:PrincipalOrgID.
        management_account_id: the account that no control policy binds and that can't be closed.
        controls: what is attached to the root, and so to every other account.
        root_features: of ROOT_SESSIONS and ROOT_CREDENTIALS_MANAGEMENT, those that are enabled.
    """

    scope: str = SCOPE
    organisation_id: str
    management_account_id: str
    created_at: float
    controls: Controls
    root_features: tuple[str, ...] = ()


class MemberRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What the organisation says about one account; one without a record is open, and has the controls of a new one."""

    account_id: str
    name: str | None = None
    closed_at: float | None = None
    controls: Controls = msgspec.field(default_factory=Controls)


ORGANISATIONS = table("identity_organisations", OrganisationRecord, key=("scope",))
MEMBERS = table("identity_members", MemberRecord, key=("account_id",))
ORGANISATION_TABLES: tuple[Table[Any], ...] = (ORGANISATIONS, MEMBERS)


def organisation_of(store: Records) -> OrganisationRecord | None:
    """Return the organisation, if the server has one."""
    return store.get(ORGANISATIONS, SCOPE)


def is_closed(store: Records, account_id: str) -> bool:
    """Return whether the account was closed: its credentials open nothing then, and its resources stay shut."""
    if organisation_of(store) is None:
        return False
    member = store.get(MEMBERS, account_id)
    return member is not None and member.closed_at is not None


def service_control_of(store: Records, facts: PrincipalFacts) -> Levels:
    """Return the service control policies that bind a principal, the root's level first.

    Services and identity providers are bound by none, nor is anyone of the management account.
    """
    organisation = organisation_of(store)
    if organisation is None or _is_exempt(organisation, facts.account_id) or facts.type in _UNBOUND:
        return ()
    member = store.get(MEMBERS, facts.account_id)
    controls = member.controls if member else Controls()
    return tuple(_level(each.service, PolicyKind.IDENTITY) for each in (organisation.controls, controls))


def resource_control_of(store: Records, account_id: str) -> Levels:
    """Return the resource control policies that bind what `account_id` owns, the root's level first."""
    organisation = organisation_of(store)
    if organisation is None or _is_exempt(organisation, account_id):
        return ()
    member = store.get(MEMBERS, account_id)
    if member is not None and member.closed_at is not None:
        return ((_named(_CLOSED_ACCOUNT, _CLOSED, PolicyKind.RESOURCE),),)
    controls = member.controls if member else Controls()
    return tuple(_level(each.resource, PolicyKind.RESOURCE) for each in (organisation.controls, controls))


def _is_exempt(organisation: OrganisationRecord, account_id: str) -> bool:
    return account_id in {"", organisation.management_account_id}


def _level(texts: Mapping[str, str], kind: PolicyKind) -> tuple[NamedPolicy, ...]:
    return tuple(_named(name, text, kind) for name, text in texts.items())


@lru_cache(_CACHED)
def _named(name: str, text: str, kind: PolicyKind) -> NamedPolicy:
    return NamedPolicy(name, compile_policy(text, kind))
