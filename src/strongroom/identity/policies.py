"""The policies of a principal, gathered from its user, groups or role, and its session."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from strongroom.core.arn import parse_arn
from strongroom.identity.managed_policies import ADMINISTRATOR_ACCESS, AWS_MANAGED_POLICIES, AwsManagedPolicy
from strongroom.identity.organisation import service_control_of
from strongroom.identity.principal import Principal
from strongroom.identity.records import EntityRecord, ManagedPolicyRecord, RoleRecord, UserRecord, name_key
from strongroom.identity.tables import GROUPS, POLICIES, ROLES, USERS
from strongroom.policy.compile import compile_policy
from strongroom.policy.decision import NamedPolicy, PrincipalType
from strongroom.policy.parse import PolicyKind
from strongroom.storage.ports import Records
from strongroom.storage.table import Column, Key, Table

GATHERED_PRINCIPALS = 2048  # callers whose policies are kept together, in each process
R = TypeVar("R", bound=msgspec.Struct)
NAMED_POLICIES = 1024  # compiled policies with their names, kept in each process beside those of the policy cache
DENY_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'


class PrincipalPolicies(msgspec.Struct, frozen=True):
    """The principal's side of a policy.decision.PolicySet."""

    identity: tuple[NamedPolicy, ...] = ()
    boundary: NamedPolicy | None = None
    session: tuple[NamedPolicy, ...] | None = None
    service_control: tuple[tuple[NamedPolicy, ...], ...] = ()


@lru_cache(NAMED_POLICIES)
def named_policy(name: str, text: str) -> NamedPolicy:
    """Return an identity policy, compiled, and named for explanations. Raises policy.parse.MalformedPolicy."""
    return NamedPolicy(name, compile_policy(text, PolicyKind.IDENTITY))


class _Reads:
    """A store that remembers what was read through it."""

    def __init__(self, store: Records) -> None:
        self._store = store
        self.records: list[tuple[Table[Any], Key, Any]] = []

    def get(self, table: Table[R], *key: Column) -> R | None:
        """See storage.ports.Store."""
        record = self._store.get(table, *key)
        self.records.append((table, key, record))
        return record


class _Gathered:
    """The last principals and their policies, with the records that these were made of.

    Principals are kept by identity: the same one comes back with each request of a credential.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[Principal, list[tuple[Table[Any], Key, Any]], PrincipalPolicies]] = {}

    def find(self, store: Records, principal: Principal) -> PrincipalPolicies | None:
        """Return the policies if every record behind them is, read through `store`, still the very same."""
        known = self._known.get(id(principal))
        if known is None or known[0] is not principal:
            return None
        get = store.get
        for table, key, record in known[1]:
            if get(table, *key) is not record:
                return None
        return known[2]

    def keep(self, principal: Principal, reads: _Reads, policies: PrincipalPolicies) -> None:
        """Remember what was gathered."""
        if len(self._known) >= GATHERED_PRINCIPALS:
            self._known.clear()
        self._known[id(principal)] = (principal, reads.records, policies)


_gathered = _Gathered()


def policies_of(store: Records, principal: Principal) -> PrincipalPolicies:
    """Return every policy attached to `principal`, read through `store` so that their revisions guard the call's commit.

    A principal whose user or role is gone has no policies, so nothing is allowed to it.
    """
    known = _gathered.find(store, principal)
    if known is not None:
        return known
    reads = _Reads(store)
    policies = _gather(reads, principal)
    _gathered.keep(principal, reads, policies)
    return policies


def _gather(store: Records, principal: Principal) -> PrincipalPolicies:
    session = _session_policies(store, principal)
    entity = _entity_of(store, principal)
    service_linked = isinstance(entity, RoleRecord) and entity.service is not None
    control = () if service_linked else service_control_of(store, principal.facts)
    if entity is None:
        return PrincipalPolicies(identity=_of_root(principal), session=session, service_control=control)
    return PrincipalPolicies(
        identity=tuple(identity_policies(store, entity)),
        boundary=named_policy(*boundary_text(store, entity.boundary_arn)) if entity.boundary_arn is not None else None,
        session=session,
        service_control=control,
    )


def _entity_of(store: Records, principal: Principal) -> UserRecord | RoleRecord | None:
    facts = principal.facts
    if facts.type is PrincipalType.ASSUMED_ROLE:
        role = store.get(ROLES, facts.account_id, name_key(principal.user_name or ""))
        return role if role is not None and role.unique_id == facts.unique_id else None
    if facts.type is PrincipalType.USER:
        return store.get(USERS, facts.account_id, facts.unique_id)
    if facts.type is PrincipalType.FEDERATED_USER and principal.issuer_id is not None:
        return store.get(USERS, facts.account_id, principal.issuer_id)
    return None


def _of_root(principal: Principal) -> tuple[NamedPolicy, ...]:
    """Return what a federated user whom the root user made may do at most; for everybody else, nothing."""
    if principal.facts.type is PrincipalType.FEDERATED_USER and principal.issuer_id == principal.account_id:
        return (named_policy(ADMINISTRATOR_ACCESS.arn, ADMINISTRATOR_ACCESS.document),)
    return ()


def identity_policies(store: Records, entity: EntityRecord) -> Iterator[NamedPolicy]:
    """Yield the inline and managed policies of a user (those of its groups too), a group or a role."""
    return (named_policy(name, text) for name, text in policy_texts(store, entity))


def policy_texts(store: Records, entity: EntityRecord) -> Iterator[tuple[str, str]]:
    """Yield the name and text of each inline and managed policy of a user (its groups' too), a group or a role."""
    for owner in _owners(store, entity):
        for policy, text in owner.inline.items():
            yield f"{owner.KIND}/{owner.name}/{policy}", text
        yield from _managed(store, owner.attached)


def _owners(store: Records, entity: EntityRecord) -> Iterator[EntityRecord]:
    yield entity
    if isinstance(entity, UserRecord):
        groups = (store.get(GROUPS, entity.account_id, group_id) for group_id in entity.group_ids)
        yield from (group for group in groups if group is not None)


def _managed(store: Records, arns: Iterable[str]) -> Iterator[tuple[str, str]]:
    for arn in arns:
        policy = managed_policy(store, arn)
        if policy is not None:
            yield arn, policy.document


def managed_policy(store: Records, arn: str) -> ManagedPolicyRecord | AwsManagedPolicy | None:
    """Return the managed policy with exactly this ARN: a customer's, or one of AWS's."""
    aws = AWS_MANAGED_POLICIES.get(arn)
    if aws is not None:
        return aws
    parts = parse_arn(arn)
    if parts is None or not parts.resource.startswith("policy/"):
        return None
    record = store.get(POLICIES, parts.account_id, name_key(parts.resource.rpartition("/")[2]))
    return record if record is not None and record.arn == arn else None


def boundary_text(store: Records, arn: str) -> tuple[str, str]:
    """Return the name and text of a boundary; one that is gone denies everything."""
    policy = managed_policy(store, arn)
    return arn, policy.document if policy else DENY_ALL


def _session_policies(store: Records, principal: Principal) -> tuple[NamedPolicy, ...] | None:
    session = principal.session
    if session is None or (session.policies is None and not session.policy_arns):
        return None
    inline = (("session policy", text) for text in session.policies or ())
    return tuple(named_policy(name, text) for name, text in (*inline, *_managed(store, session.policy_arns)))
