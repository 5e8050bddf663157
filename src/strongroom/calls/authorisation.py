"""From a call and a resource to the question that the policy engine is asked."""

from functools import lru_cache, partial

from strongroom.calls.call import Call
from strongroom.calls.context import caller_keys, global_key
from strongroom.calls.target import ConditionSource, Resource
from strongroom.identity.organisation import Levels
from strongroom.identity.policies import PrincipalPolicies
from strongroom.policy.compile import compile_policy
from strongroom.policy.decision import AccessRequest, ConditionContext, NamedPolicy, PolicySet, PrincipalFacts
from strongroom.policy.kinds import PolicyKind
from strongroom.policy.remembered import Place

ATTACHED_POLICIES = 2048  # resource policies kept compiled and named, in each process


@lru_cache(ATTACHED_POLICIES)
def _attached(arn: str, policy: str, kind: str) -> NamedPolicy:
    """Return a resource's policy, compiled and named. The kind comes by name: an enumeration's own hash is computed in Python."""
    return NamedPolicy(arn, compile_policy(policy, PolicyKind[kind]))


def access_request(call: Call, action: str, resource: Resource, conditions: ConditionSource) -> AccessRequest:
    """Return the question whether the call's principal may do `action` on `resource`."""
    context = ConditionContext(resource.conditions, conditions, partial(caller_keys, call), fallback=partial(global_key, call, resource))
    return AccessRequest(call.principal.facts, action, resource.arn, resource.account_id, context)


def decision_place(facts: PrincipalFacts, policies: PrincipalPolicies, control: Levels, action: str, resource: Resource) -> Place:
    """Return everything that a decision follows from but the resource's ARN and the condition keys; see policy.remembered.

    The principal's and the organisation's policies are compared by identity, since they are compiled once; the resource's by its text.
    """
    return (
        facts.type._name_,  # an enumeration's own hash is computed in Python
        facts.account_id,
        facts.arn,
        facts.role_arn,
        facts.unique_id,
        facts.service,
        facts.federated_provider,
        action,
        resource.account_id,
        resource.policy,
        resource.policy_kind._name_,
        resource.rule._name_,
        policies.identity,
        policies.boundary,
        policies.session,
        policies.service_control,
        control,
    )


def policy_set(policies: PrincipalPolicies, control: Levels, action: str, resource: Resource) -> PolicySet:
    """Return every policy that takes part: the principal's, the resource's, and the organisation's on both sides (`control`)."""
    attached = _attached(resource.arn, resource.policy, resource.policy_kind._name_) if resource.policy is not None else None
    return PolicySet(
        identity=policies.identity,
        boundary=policies.boundary,
        session=policies.session,
        service_control=policies.service_control,
        resource_control=control,
        resource=attached,
        rule=resource.rule,
        grant=partial(resource.grant, action) if resource.grant is not None else None,
    )
