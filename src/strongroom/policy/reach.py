"""Whether a statement's Principal element means the caller, and how directly.

How directly decides what else must allow: a policy that names a role still leaves the session inside its
permissions boundary and session policies, one that names the session does not, and one that names the
account only lets the account's own policies decide.

Source: IAM User Guide, "AWS JSON policy elements: Principal", "NotPrincipal" and "Policy evaluation logic".
"""

from collections.abc import Callable
from enum import IntEnum

from strongroom.core.arn import parse_arn
from strongroom.policy.decision import PrincipalFacts, PrincipalType
from strongroom.policy.documents import ANYONE, Statement
from strongroom.policy.kinds import PolicyKind

# Members under plain names: looking one up in its class on each evaluation costs more than comparing it.
_USER, _ROLE, _FEDERATED_USER = PrincipalType.USER, PrincipalType.ASSUMED_ROLE, PrincipalType.FEDERATED_USER
_ROOT, _SERVICE, _ANONYMOUS = PrincipalType.ROOT, PrincipalType.SERVICE, PrincipalType.ANONYMOUS


class Reach(IntEnum):
    """How a statement reaches the caller; the higher, the less else is needed."""

    NONE = 0
    DELEGATED = 1  # names the account: its identity-based policies decide
    LIMITED = 2  # names the role, or everyone: the session's boundary and session policies still limit
    DIRECT = 3  # names the very user, session, service or identity provider


_NONE, _DELEGATED, _LIMITED, _DIRECT = Reach
PrincipalTest = Callable[[PrincipalFacts, bool], Reach]


def is_provider_itself(facts: PrincipalFacts) -> bool:
    """Return whether the caller only holds an identity provider's token so far, and is no session yet."""
    return facts.federated_provider is not None and facts.role_arn is None


def _is_session(facts: PrincipalFacts) -> bool:
    return facts.type is _ROLE or facts.type is _FEDERATED_USER


def principal_test(statement: Statement, kind: PolicyKind) -> PrincipalTest | None:
    """Return the test of the caller (and whether it has a permissions boundary); None where `kind` knows no principals."""
    if statement.principals is None:
        return None
    names = _Names(statement, kind)
    if not statement.not_principal:
        return names.reach
    return names.all_but if statement.allow else names.deny_all_but


class _Names:
    """The names of one Principal or NotPrincipal element, ready to be looked up."""

    __slots__ = ("_accounts", "_allow", "_anyone", "_federated", "_kind", "_named", "_services")

    def __init__(self, statement: Statement, kind: PolicyKind) -> None:
        principals = statement.principals
        aws = principals.aws if principals else ()
        roots = {name: _account_of(name) for name in aws}
        self._accounts = frozenset(account for account in roots.values() if account)
        self._named = frozenset(name for name, account in roots.items() if not account)
        self._anyone = ANYONE in aws
        self._services = frozenset(principals.service if principals else ())
        self._federated = frozenset(principals.federated if principals else ())
        self._allow = statement.allow
        self._kind = kind

    def reach(self, facts: PrincipalFacts, _bounded: bool) -> Reach:  # noqa: FBT001 - all three tests have one shape
        """Return how a Principal element reaches the caller."""
        if facts.arn in self._named:
            return _DIRECT
        if facts.unique_id in self._named or facts.role_arn in self._named:
            return _LIMITED if _is_session(facts) else _DIRECT
        if facts.service in self._services or self._is_provider(facts):
            return _DIRECT
        by_account = self._account(facts)
        return max(self._everyone(facts), by_account) if self._anyone else by_account

    def _is_provider(self, facts: PrincipalFacts) -> bool:
        if facts.federated_provider is None or facts.federated_provider not in self._federated:
            return False
        # A trust policy names the provider for those who bring its token; a session that once did is a role's session now.
        return self._kind is not PolicyKind.TRUST or is_provider_itself(facts)

    def _account(self, facts: PrincipalFacts) -> Reach:
        if facts.type is _SERVICE or facts.account_id not in self._accounts:
            return _NONE
        return _DIRECT if facts.type is _ROOT else _DELEGATED

    def _everyone(self, facts: PrincipalFacts) -> Reach:
        """Return how `*` reaches the caller: a Deny reaches all, an Allow no service and, for keys and roles, nobody unknown."""
        if not self._allow:
            return _DIRECT
        if facts.type is _SERVICE or (facts.type is _ANONYMOUS and self._kind is not PolicyKind.RESOURCE):
            return _NONE
        return _LIMITED if _is_session(facts) else _DIRECT

    def all_but(self, facts: PrincipalFacts, _bounded: bool) -> Reach:  # noqa: FBT001 - all three tests have one shape
        """Return how an Allow with NotPrincipal reaches the caller: as `*` does, unless any of its names is listed."""
        return _NONE if self._anyone or self.reach(facts, _bounded) else self._everyone(facts)

    def deny_all_but(self, facts: PrincipalFacts, bounded: bool) -> Reach:  # noqa: FBT001 - all three tests have one shape
        """Return whether a Deny with NotPrincipal reaches the caller: unless every one of its names is listed.

        A user or role with a permissions boundary can't be exempted at all.
        """
        return _DIRECT if bounded or not (self._anyone or self._lists_all_names(facts)) else _NONE

    def _lists_all_names(self, facts: PrincipalFacts) -> bool:
        if facts.type is _SERVICE:
            return facts.service in self._services
        if is_provider_itself(facts):
            return facts.federated_provider in self._federated
        if facts.account_id not in self._accounts:
            return False
        own = facts.arn in self._named
        parent = facts.unique_id in self._named or facts.role_arn in self._named
        if facts.type is _ROLE:
            return own and parent
        return facts.type is _ROOT or own or (parent and facts.type is _USER)


def _account_of(name: str) -> str | None:
    """Return the account that a principal's name stands for as a whole, or None."""
    arn = parse_arn(name)
    if arn is None:
        return name if name.isdigit() else None
    return arn.account_id if (arn.service, arn.resource) == ("iam", "root") else None
