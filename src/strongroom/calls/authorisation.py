"""From a call and a resource to the question that the policy engine is asked, and from its answer to what a denied caller is told."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from strongroom.calls.call import Call
from strongroom.calls.context import global_key
from strongroom.calls.target import Conditions, Resource
from strongroom.core.errors import AccessDenied
from strongroom.identity.organisation import resource_control_of
from strongroom.identity.policies import PrincipalPolicies
from strongroom.policy.compile import compile_policy
from strongroom.policy.decision import AccessRequest, ConditionContext, Decision, NamedPolicy, PolicySet, PolicyType
from strongroom.policy.explain import denial_text

_OWNERS = frozenset({PolicyType.RESOURCE, PolicyType.TRUST, PolicyType.RESOURCE_CONTROL})


class Denied(AccessDenied):
    """A denial by policies. `decision` goes into the call's event, as additionalEventData."""

    def __init__(self, request: AccessRequest, decision: Decision) -> None:
        super().__init__(denial_text(request, decision))
        self._request = request
        self._decision = decision

    @property
    def decision(self) -> Mapping[str, Any]:
        """Return what decided, for the caller's own trail: names of another account's policies and statements are left out."""
        request, decision = self._request, self._decision
        kind = decision.policy_type
        foreign = kind in _OWNERS and request.resource_account_id != request.principal.account_id
        found: dict[str, Any] = {
            "allowed": False,
            "action": request.action,
            "resource": request.resource,
            "explicitDeny": decision.explicit,
            "policyType": kind.value if kind else None,
            "policy": None if foreign else decision.policy,
            "statement": None if foreign else decision.statement,
            "considered": [] if foreign else list(decision.considered),
        }
        return {name: value for name, value in found.items() if value is not None}


def access_request(call: Call, action: str, resource: Resource, conditions: Conditions) -> AccessRequest:
    """Return the question whether the call's principal may do `action` on `resource`."""
    context = ConditionContext(resource.conditions, conditions, fallback=partial(global_key, call, resource))
    return AccessRequest(call.principal.facts, action, resource.arn, resource.account_id, context)


def policy_set(call: Call, policies: PrincipalPolicies, action: str, resource: Resource) -> PolicySet:
    """Return every policy that takes part: the principal's, the resource's, and the organisation's on both sides."""
    attached = NamedPolicy(resource.arn, compile_policy(resource.policy, resource.policy_kind)) if resource.policy is not None else None
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
