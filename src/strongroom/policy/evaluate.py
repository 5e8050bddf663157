"""Policy evaluation: may this principal do this, given every policy that takes part?

The order: an explicit Deny anywhere; service and resource control policies; the resource's policy; identity
policies; the permissions boundary; session policies; for KMS keys, grants. Whatever nothing allows is denied.

Sources: IAM User Guide, "Policy evaluation logic"; KMS Developer Guide, "Key policies in AWS KMS" and "Grants in AWS KMS".
"""

from collections.abc import Iterable
from typing import NamedTuple

from strongroom.policy.arns import segments_of
from strongroom.policy.compile import CompiledStatement
from strongroom.policy.decision import (
    AccessRequest,
    Decision,
    NamedPolicy,
    PolicySet,
    PolicyType,
    PrincipalType,
    ResourceRule,
)
from strongroom.policy.reach import Reach, is_provider_itself

GRANT = "grant"
# Members under plain names, and compared by identity: looking one up in its class or hashing it takes a tenth of an evaluation.
_ORDINARY, _KMS_KEY, _TRUST_RULE = ResourceRule.ORDINARY, ResourceRule.KMS_KEY, ResourceRule.TRUST
_IDENTITY, _RESOURCE, _TRUST = PolicyType.IDENTITY, PolicyType.RESOURCE, PolicyType.TRUST
_ROOT, _SERVICE, _ANONYMOUS = PrincipalType.ROOT, PrincipalType.SERVICE, PrincipalType.ANONYMOUS
_NONE, _LIMITED, _DIRECT = Reach.NONE, Reach.LIMITED, Reach.DIRECT
# What a mistake in a test of a condition could raise. Errors of the store pass: the call then fails, and is not merely denied.
_MISTAKES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)


class _Allow(NamedTuple):
    """A statement that allows; policy and statement are None for the root user, whom no policy needs to allow."""

    policy_type: PolicyType | None = None
    policy: NamedPolicy | None = None
    statement: CompiledStatement | None = None
    reach: Reach = _DIRECT


_AS_ROOT = _Allow()


def evaluate(request: AccessRequest, policies: PolicySet) -> Decision:
    """Return whether `request` is allowed, and by which policy or for want of which.

    Denies by default. A mistake inside the evaluation denies too, with `considered` saying so.
    """
    request.context.start_anew()
    try:
        decision = _Evaluation(request, policies).decide()
    except _MISTAKES as error:
        return Decision(allowed=False, considered=(f"the evaluation failed: {type(error).__name__}: {error}",))
    if decision.allowed or decision.explicit or policies.grant is None or policies.rule is not _KMS_KEY:
        return decision
    if decision.policy_type in {PolicyType.SERVICE_CONTROL, PolicyType.RESOURCE_CONTROL} or not policies.grant():
        return decision
    return Decision(allowed=True, policy_type=_RESOURCE, policy=GRANT)


def policies_in_order(policies: PolicySet) -> list[tuple[PolicyType, NamedPolicy]]:
    """Return every policy that takes part, in the order in which an explicit Deny is looked for."""
    found: list[tuple[PolicyType, NamedPolicy]] = []
    for level in policies.service_control:
        found += [(PolicyType.SERVICE_CONTROL, named) for named in level]
    for level in policies.resource_control:
        found += [(PolicyType.RESOURCE_CONTROL, named) for named in level]
    if policies.resource is not None:
        found.append((_resource_type(policies), policies.resource))
    found += [(_IDENTITY, named) for named in policies.identity]
    if policies.boundary is not None:
        found.append((PolicyType.BOUNDARY, policies.boundary))
    if policies.session:
        found += [(PolicyType.SESSION, named) for named in policies.session]
    return found


def _resource_type(policies: PolicySet) -> PolicyType:
    return _TRUST if policies.rule is _TRUST_RULE else _RESOURCE


def _allowed(allow: _Allow) -> Decision:
    policy_type, policy, statement, _ = allow
    return Decision(True, False, policy_type, policy.name if policy else None, statement.label if statement else None)


class _Evaluation:
    """One request against one set of policies."""

    __slots__ = ("action", "bounded", "context", "cross_account", "facts", "in_order", "policies", "resource", "segments")

    def __init__(self, request: AccessRequest, policies: PolicySet) -> None:
        self.policies = policies
        self.action = request.action.lower()
        self.resource = request.resource
        self.segments = segments_of(request.resource)
        self.context = request.context
        self.facts = request.principal
        self.cross_account = request.principal.account_id != request.resource_account_id
        self.bounded = policies.boundary is not None
        self.in_order = policies_in_order(policies)

    def decide(self) -> Decision:
        """Return the decision, grants left aside."""
        for policy_type, named in self.in_order:
            for statement in named.policy.for_action(self.action)[0]:
                if self._reach(statement) and self._applies(statement):
                    return Decision(allowed=False, explicit=True, policy_type=policy_type, policy=named.name, statement=statement.label)
        return self._missing_control() or self._by_resource_and_identity()

    def _reach(self, statement: CompiledStatement) -> Reach:
        principal = statement.principal
        return _DIRECT if principal is None else principal(self.facts, self.bounded)

    def _applies(self, statement: CompiledStatement) -> bool:
        return statement.applies(self.resource, self.segments, self.context)

    def _missing_control(self) -> Decision | None:
        """Return the denial for a level of an organisation that does not allow, or None."""
        policies = self.policies
        for level in policies.service_control:
            if not self._is_without_identity() and self._allowing(level, PolicyType.SERVICE_CONTROL) is None:
                return self._denied(PolicyType.SERVICE_CONTROL)
        for level in policies.resource_control:
            if self._allowing(level, PolicyType.RESOURCE_CONTROL) is None:
                return self._denied(PolicyType.RESOURCE_CONTROL)
        return None

    def _is_without_identity(self) -> bool:
        """Return whether the caller has no policies of its own: a service, or the bearer of an identity provider's token."""
        kind = self.facts.type
        return kind is _SERVICE or kind is _ANONYMOUS or is_provider_itself(self.facts)

    def _by_resource_and_identity(self) -> Decision:
        by_resource = self._resource_allow()
        if self._is_without_identity():
            direct = by_resource is not None and by_resource.reach is _DIRECT
            return _allowed(by_resource) if by_resource and direct else self._denied(_resource_type(self.policies))
        if self.cross_account:
            return self._across_accounts(by_resource)
        if by_resource is not None and by_resource.reach is _DIRECT:
            return _allowed(by_resource)
        if by_resource is not None and by_resource.reach is _LIMITED:
            return self._missing_limit() or _allowed(by_resource)
        if by_resource is None and self.policies.rule is not _ORDINARY:
            return self._denied(_resource_type(self.policies))
        by_identity = self._identity_allow()
        if by_identity is None:
            return self._denied(_IDENTITY)
        return self._missing_limit() or _allowed(by_identity)

    def _across_accounts(self, by_resource: _Allow | None) -> Decision:
        """Decide where the resource is another account's: both accounts must allow."""
        if by_resource is None and self.policies.rule is not _ORDINARY:
            return self._denied(_resource_type(self.policies))
        if self._identity_allow() is None:
            return self._denied(_IDENTITY)
        missing = self._missing_limit()
        if missing is not None:
            return missing
        return _allowed(by_resource) if by_resource is not None else self._denied(_RESOURCE)

    def _resource_allow(self) -> _Allow | None:
        """Return the statement of the resource's policy that allows and reaches the caller most directly."""
        named = self.policies.resource
        best: CompiledStatement | None = None
        best_reach = _NONE
        if named is None:
            return None
        for statement in named.policy.for_action(self.action)[1]:
            reach = self._reach(statement)
            if reach > best_reach and self._applies(statement):
                best, best_reach = statement, reach
        return None if best is None else _Allow(_resource_type(self.policies), named, best, best_reach)

    def _identity_allow(self) -> _Allow | None:
        if self.facts.type is _ROOT:
            return _AS_ROOT
        return self._allowing(self.policies.identity, _IDENTITY)

    def _missing_limit(self) -> Decision | None:
        """Return the denial for a permissions boundary or session policies that do not allow, or None."""
        boundary, session = self.policies.boundary, self.policies.session
        if boundary is not None and self._allowing((boundary,), PolicyType.BOUNDARY) is None:
            return self._denied(PolicyType.BOUNDARY)
        if session is not None and self._allowing(session, PolicyType.SESSION) is None:
            return self._denied(PolicyType.SESSION)
        return None

    def _allowing(self, policies: Iterable[NamedPolicy], policy_type: PolicyType) -> _Allow | None:
        for named in policies:
            for statement in named.policy.for_action(self.action)[1]:
                if self._applies(statement):
                    return _Allow(policy_type, named, statement)
        return None

    def _denied(self, policy_type: PolicyType) -> Decision:
        return Decision(allowed=False, policy_type=policy_type, considered=tuple(named.name for _, named in self.in_order))
