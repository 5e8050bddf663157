"""The policies of a principal, gathered from its user, groups or role, and its session."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from strongroom.core.arn import parse_arn
from strongroom.identity.managed_policies import ADMINISTRATOR_ACCESS, AWS_MANAGED_POLICIES, AwsManagedPolicy
from strongroom.identity.principal import Principal
from strongroom.identity.records import EntityRecord, ManagedPolicyRecord, RoleRecord, UserRecord, name_key
from strongroom.identity.tables import GROUPS, POLICIES, ROLES, USERS
from strongroom.policy.compile import compile_policy
from strongroom.policy.decision import NamedPolicy, PrincipalType
from strongroom.policy.parse import PolicyKind
from strongroom.storage.ports import Store

NAMED_POLICIES = 8192  # compiled policies with their names, kept in each process
DENY_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'


@dataclass(frozen=True, slots=True)
class PrincipalPolicies:
    """The principal's side of a policy.decision.PolicySet."""

    identity: tuple[NamedPolicy, ...] = ()
    boundary: NamedPolicy | None = None
    session: tuple[NamedPolicy, ...] | None = None
    service_control: tuple[tuple[NamedPolicy, ...], ...] = ()


@lru_cache(NAMED_POLICIES)
def named_policy(name: str, text: str) -> NamedPolicy:
    """Return an identity policy, compiled, and named for explanations. Raises policy.parse.MalformedPolicy."""
    return NamedPolicy(name, compile_policy(text, PolicyKind.IDENTITY))


def policies_of(store: Store, principal: Principal) -> PrincipalPolicies:
    """Return every policy attached to `principal`, read through `store` so that their revisions guard the call's commit.

    A principal whose user or role is gone has no policies, so nothing is allowed to it.
    """
    session = _session_policies(store, principal)
    entity = _entity_of(store, principal)
    if entity is None:
        return PrincipalPolicies(identity=_of_root(principal), session=session)
    return PrincipalPolicies(
        identity=tuple(identity_policies(store, entity)),
        boundary=_boundary(store, entity.boundary_arn),
        session=session,
    )


def _entity_of(store: Store, principal: Principal) -> UserRecord | RoleRecord | None:
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


def identity_policies(store: Store, entity: EntityRecord) -> Iterator[NamedPolicy]:
    """Yield the inline and managed policies of a user (those of its groups too), a group or a role."""
    for kind, name, owner in _holders(store, entity):
        for policy, text in owner.inline.items():
            yield named_policy(f"{kind}/{name}/{policy}", text)
        yield from _managed(store, owner.attached)


def _holders(store: Store, entity: EntityRecord) -> Iterator[tuple[str, str, EntityRecord]]:
    if not isinstance(entity, UserRecord):
        yield ("role" if isinstance(entity, RoleRecord) else "group"), entity.name, entity
        return
    yield "user", entity.name, entity
    for group_id in entity.group_ids:
        group = store.get(GROUPS, entity.account_id, group_id)
        if group is not None:
            yield "group", group.name, group


def _managed(store: Store, arns: Iterable[str]) -> Iterator[NamedPolicy]:
    for arn in arns:
        policy = managed_policy(store, arn)
        if policy is not None:
            yield named_policy(arn, policy.document)


def managed_policy(store: Store, arn: str) -> ManagedPolicyRecord | AwsManagedPolicy | None:
    """Return the managed policy with exactly this ARN: a customer's, or one of AWS's."""
    aws = AWS_MANAGED_POLICIES.get(arn)
    if aws is not None:
        return aws
    parts = parse_arn(arn)
    if parts is None or not parts.resource.startswith("policy/"):
        return None
    record = store.get(POLICIES, parts.account_id, name_key(parts.resource.rpartition("/")[2]))
    return record if record is not None and record.arn == arn else None


def _boundary(store: Store, arn: str | None) -> NamedPolicy | None:
    if arn is None:
        return None
    policy = managed_policy(store, arn)
    return named_policy(arn, policy.document if policy else DENY_ALL)


def _session_policies(store: Store, principal: Principal) -> tuple[NamedPolicy, ...] | None:
    session = principal.session
    if session is None or (session.policies is None and not session.policy_arns):
        return None
    inline = (named_policy("session policy", text) for text in session.policies or ())
    return (*inline, *_managed(store, session.policy_arns))
