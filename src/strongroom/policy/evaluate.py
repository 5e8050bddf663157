"""Policy evaluation: may this principal do this, given every policy that takes part?

The order: an explicit Deny anywhere; service and resource control policies; the resource's policy; identity
policies; the permissions boundary; session policies; for KMS keys, grants. Whatever nothing allows is denied.

Sources: IAM User Guide, "Policy evaluation logic"; KMS Developer Guide, "Key policies in AWS KMS" and "Grants in AWS KMS".
"""

from collections.abc import Iterable, Iterator

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
_CONTROLS = frozenset({PolicyType.SERVICE_CONTROL, PolicyType.RESOURCE_CONTROL})
_WITHOUT_IDENTITY = frozenset({PrincipalType.SERVICE, PrincipalType.ANONYMOUS})
# What a mistake in a test of a condition could raise. Errors of the store pass: the call then fails, and is not merely denied.
_MISTAKES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)


def evaluate(request: AccessRequest, policies: PolicySet) -> Decision:
    """Return whether `request` is allowed, and by which policy or for want of which.

    Denies by default. A mistake inside the evaluation denies too, with `considered` saying so.
    """
    try:
        decision = _Evaluation(request, policies).decide()
    except _MISTAKES as error:
        return Decision(allowed=False, considered=(f"the evaluation failed: {type(error).__name__}: {error}",))
    if decision.allowed or decision.explicit or policies.grant is None or policies.rule is not ResourceRule.KMS_KEY:
        return decision
    if decision.policy_type in _CONTROLS or not policies.grant():
        return decision
    return Decision(allowed=True, policy_type=PolicyType.RESOURCE, policy=GRANT)


def resource_type(rule: ResourceRule) -> PolicyType:
    """Return what AWS calls the policy of a resource under `rule`."""
    return PolicyType.TRUST if rule is ResourceRule.TRUST else PolicyType.RESOURCE


def policies_in_order(policies: PolicySet) -> Iterator[tuple[PolicyType, NamedPolicy]]:
    """Give every policy that takes part, in the order in which an explicit Deny is looked for."""
    for level in policies.service_control:
        yield from ((PolicyType.SERVICE_CONTROL, named) for named in level)
    for level in policies.resource_control:
        yield from ((PolicyType.RESOURCE_CONTROL, named) for named in level)
    if policies.resource is not None:
        yield resource_type(policies.rule), policies.resource
    yield from ((PolicyType.IDENTITY, named) for named in policies.identity)
    if policies.boundary is not None:
        yield PolicyType.BOUNDARY, policies.boundary
    yield from ((PolicyType.SESSION, named) for named in policies.session or ())


class _Evaluation:
    """One request against one set of policies."""

    __slots__ = ("action", "bounded", "context", "facts", "policies", "request", "resource", "segments")

    def __init__(self, request: AccessRequest, policies: PolicySet) -> None:
        self.request = request
        self.policies = policies
        self.action = request.action.lower()
        self.resource = request.resource
        self.segments = segments_of(request.resource)
        self.context = request.context
        self.facts = request.principal
        self.bounded = policies.boundary is not None

    def decide(self) -> Decision:
        """Return the decision, grants left aside."""
        for policy_type, named in policies_in_order(self.policies):
            for statement in named.policy.for_action(self.action)[0]:
                if self._reach(statement) and statement.applies(self.resource, self.segments, self.context):
                    return Decision(allowed=False, explicit=True, policy_type=policy_type, policy=named.name, statement=statement.label)
        return self._missing_control() or self._by_resource_and_identity()

    def _reach(self, statement: CompiledStatement) -> Reach:
        principal = statement.principal
        return Reach.DIRECT if principal is None else principal(self.facts, self.bounded)

    def _missing_control(self) -> Decision | None:
        """Return the denial for a level of the organisation that does not allow, or None."""
        levels = self.policies.service_control if self.facts.type not in _WITHOUT_IDENTITY else ()
        if any(self._allowing(level, PolicyType.SERVICE_CONTROL) is None for level in levels):
            return self._denied(PolicyType.SERVICE_CONTROL)
        if any(self._allowing(level, PolicyType.RESOURCE_CONTROL) is None for level in self.policies.resource_control):
            return self._denied(PolicyType.RESOURCE_CONTROL)
        return None

    def _by_resource_and_identity(self) -> Decision:
        by_resource, reach = self._resource_allow()
        rule = self.policies.rule
        if self.facts.type in _WITHOUT_IDENTITY or is_provider_itself(self.facts):
            return by_resource if by_resource and reach is Reach.DIRECT else self._denied(resource_type(rule))
        if self.request.principal.account_id != self.request.resource_account_id:
            return self._across_accounts(by_resource)
        if by_resource and reach is Reach.DIRECT:
            return by_resource
        if by_resource and reach is Reach.LIMITED:
            return self._missing_limit() or by_resource
        if rule is not ResourceRule.ORDINARY and by_resource is None:
            return self._denied(resource_type(rule))
        by_identity = self._identity_allow()
        if by_identity is None:
            return self._denied(PolicyType.IDENTITY)
        return self._missing_limit() or by_identity

    def _across_accounts(self, by_resource: Decision | None) -> Decision:
        """Decide where the resource is another account's: both accounts must allow."""
        rule = self.policies.rule
        if rule is not ResourceRule.ORDINARY and by_resource is None:
            return self._denied(resource_type(rule))
        if self._identity_allow() is None:
            return self._denied(PolicyType.IDENTITY)
        return self._missing_limit() or by_resource or self._denied(resource_type(rule))

    def _resource_allow(self) -> tuple[Decision | None, Reach]:
        """Return what the resource's policy allows, by the statement that reaches the caller most directly."""
        named = self.policies.resource
        best: CompiledStatement | None = None
        best_reach = Reach.NONE
        if named is None:
            return None, best_reach
        for statement in named.policy.for_action(self.action)[1]:
            reach = self._reach(statement)
            if reach > best_reach and statement.applies(self.resource, self.segments, self.context):
                best, best_reach = statement, reach
        if best is None:
            return None, best_reach
        return Decision(allowed=True, policy_type=resource_type(self.policies.rule), policy=named.name, statement=best.label), best_reach

    def _identity_allow(self) -> Decision | None:
        if self.facts.type is PrincipalType.ROOT:
            return Decision(allowed=True)
        return self._allowing(self.policies.identity, PolicyType.IDENTITY)

    def _missing_limit(self) -> Decision | None:
        """Return the denial for a permissions boundary or session policies that do not allow, or None."""
        boundary, session = self.policies.boundary, self.policies.session
        if boundary is not None and self._allowing((boundary,), PolicyType.BOUNDARY) is None:
            return self._denied(PolicyType.BOUNDARY)
        if session is not None and self._allowing(session, PolicyType.SESSION) is None:
            return self._denied(PolicyType.SESSION)
        return None

    def _allowing(self, policies: Iterable[NamedPolicy], policy_type: PolicyType) -> Decision | None:
        for named in policies:
            for statement in named.policy.for_action(self.action)[1]:
                if statement.applies(self.resource, self.segments, self.context):
                    return Decision(allowed=True, policy_type=policy_type, policy=named.name, statement=statement.label)
        return None

    def _denied(self, policy_type: PolicyType) -> Decision:
        names = tuple(named.name for _, named in policies_in_order(self.policies))
        return Decision(allowed=False, policy_type=policy_type, considered=names)
