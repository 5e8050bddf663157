"""From a call and a resource to the question that the policy engine is asked."""

from functools import lru_cache, partial

from strongroom.calls.call import Call
from strongroom.calls.context import caller_keys, global_key
from strongroom.calls.target import ConditionSource, Resource
from strongroom.identity.organisation import resource_control_of
from strongroom.identity.policies import PrincipalPolicies
from strongroom.policy.compile import compile_policy
from strongroom.policy.decision import AccessRequest, ConditionContext, NamedPolicy, PolicySet
from strongroom.policy.kinds import PolicyKind

ATTACHED_POLICIES = 2048  # resource policies kept compiled and named, in each process


@lru_cache(ATTACHED_POLICIES)
def _attached(arn: str, policy: str, kind: str) -> NamedPolicy:
    """Return a resource's policy, compiled and named. The kind comes by name: an enumeration's own hash is computed in Python."""
    return NamedPolicy(arn, compile_policy(policy, PolicyKind[kind]))


def access_request(call: Call, action: str, resource: Resource, conditions: ConditionSource) -> AccessRequest:
    """Return the question whether the call's principal may do `action` on `resource`."""
    context = ConditionContext(resource.conditions, conditions, partial(caller_keys, call), fallback=partial(global_key, call, resource))
    return AccessRequest(call.principal.facts, action, resource.arn, resource.account_id, context)


def policy_set(call: Call, policies: PrincipalPolicies, action: str, resource: Resource) -> PolicySet:
    """Return every policy that takes part: the principal's, the resource's, and the organisation's on both sides."""
    attached = _attached(resource.arn, resource.policy, resource.policy_kind._name_) if resource.policy is not None else None
    return PolicySet(
        identity=policies.identity,
        boundary=policies.boundary,
        session=policies.session,
        service_control=policies.service_control,
        resource_control=resource_control_of(call.store, resource.account_id),
        resource=attached,
        rule=resource.rule,
        grant=partial(resource.grant, action) if resource.grant is not None else None,
    )
