"""Asking the policy engine what would be, as the Simulate operations do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from strongroom.core.arn import parse_arn
from strongroom.core.errors import ValidationFailed
from strongroom.iam.errors import InvalidInput
from strongroom.identity.ids import is_account_id
from strongroom.identity.managed_policies import ADMINISTRATOR_ACCESS
from strongroom.identity.organisation import Levels
from strongroom.identity.policies import named_policy
from strongroom.policy.compile import compile_policy
from strongroom.policy.decision import (
    AccessRequest,
    ConditionContext,
    ContextValue,
    NamedPolicy,
    PolicySet,
    PolicyType,
    PrincipalFacts,
    PrincipalType,
    ResourceRule,
)
from strongroom.policy.evaluate import evaluate
from strongroom.policy.explain import Explanation, Position, StatementReport, explain, statement_positions
from strongroom.policy.parse import MalformedPolicy, PolicyKind

RESOURCE_POLICY = "ResourcePolicy"
_ANY = "*"
_KMS = "kms:"
_SHOWN = frozenset({PolicyType.IDENTITY, PolicyType.RESOURCE})  # policies of boundaries and organisations have answers of their own
_EFFECT = '"Effect"'  # every statement has one
MOST_QUESTIONS = 100_000
Texts = Mapping[str, str]
Question = tuple[str, str]  # an action and a resource
Places = Sequence[tuple[Position, Position]]


@dataclass(frozen=True, slots=True)
class Simulation:
    """Who asks, and with which policies: names and JSON texts; and what the organisation lets that account do."""

    caller: PrincipalFacts
    identity: Texts
    boundary: Texts
    keys: Mapping[str, ContextValue] = field(default_factory=dict)
    service_control: Levels = ()


def input_policies(request: Mapping[str, Any], member: str) -> Texts:
    """Return the policies that a request brings in `member`, named as AWS names them. Raises InvalidInput."""
    texts = {f"{member}.{number}": text for number, text in enumerate(request.get(member, ()), 1)}
    for name, text in texts.items():
        _compiled(name, text, PolicyKind.IDENTITY)
    return texts


def boundary_in(request: Mapping[str, Any]) -> Texts:
    """Return the boundary that a request brings; one at the most. Raises InvalidInput."""
    texts = input_policies(request, "PermissionsBoundaryPolicyInputList")
    if len(texts) > 1:
        raise InvalidInput("Only one policy is allowed in PermissionsBoundaryPolicyInputList.")
    return texts


def custom_caller(account_id: str) -> PrincipalFacts:
    """Return the nameless user for whom custom policies are tried."""
    return PrincipalFacts(PrincipalType.USER, account_id, f"arn:aws:iam::{account_id}:user/simulated")


def _compiled(name: str, text: str, kind: PolicyKind) -> NamedPolicy:
    try:
        return NamedPolicy(name, compile_policy(text, kind))
    except MalformedPolicy as malformed:
        raise InvalidInput(malformed.reason) from malformed


def _caller(simulation: Simulation, request: Mapping[str, Any]) -> PrincipalFacts:
    """Return CallerArn's user, who then asks in place of the policies' own. Raises InvalidInput."""
    arn = request.get("CallerArn")
    if arn is None:
        return simulation.caller
    parts = parse_arn(arn)
    if parts is None or parts.service != "iam" or not parts.resource.startswith("user/"):
        raise InvalidInput(f"CallerArn {arn} is not the ARN of a user.")
    return PrincipalFacts(PrincipalType.USER, parts.account_id, arn)


def _context(simulation: Simulation, request: Mapping[str, Any]) -> ConditionContext:
    given: dict[str, ContextValue] = {}
    for number, entry in enumerate(request.get("ContextEntries", ()), 1):
        if "ContextKeyName" not in entry:
            raise InvalidInput(f"ContextEntries.member.{number} has no ContextKeyName.")
        given[entry["ContextKeyName"].lower()] = tuple(entry.get("ContextKeyValues", ()))
    return ConditionContext(simulation.keys, given)


def _owner(request: Mapping[str, Any], resource: str, caller: PrincipalFacts) -> str:
    owner = request.get("ResourceOwner")
    parts = parse_arn(owner if owner is not None else resource)
    if owner is not None and is_account_id(owner):
        return str(owner)
    return parts.account_id if parts is not None and is_account_id(parts.account_id) else caller.account_id


def questions_in(request: Mapping[str, Any]) -> list[Question]:
    """Return each action with each resource that a request asks about. Raises ValidationFailed, InvalidInput for too many."""
    actions, resources = request["ActionNames"], request.get("ResourceArns", (_ANY,))
    for action in actions:
        if ":" not in action:
            raise ValidationFailed(f"Invalid action name: {action}")
    if len(actions) * len(resources) > MOST_QUESTIONS:
        raise InvalidInput(f"The actions and resources of one simulation can be combined in at most {MOST_QUESTIONS} ways.")
    return [(action, resource) for action in actions for resource in resources]


def statement_count(simulation: Simulation, request: Mapping[str, Any]) -> int:
    """Return how many statements are looked at for each question, at least 1. Raises InvalidInput."""
    text = request.get(RESOURCE_POLICY)
    policies = [_compiled(name, each, PolicyKind.IDENTITY) for name, each in (*simulation.identity.items(), *simulation.boundary.items())]
    return max(1, sum(len(named.policy.statements) for named in policies) + (text or "").count(_EFFECT))


def simulate(simulation: Simulation, request: Mapping[str, Any], questions: Sequence[Question]) -> list[dict[str, Any]]:
    """Return an EvaluationResult for each question. Raises InvalidInput."""
    caller = _caller(simulation, request)
    context = _context(simulation, request)
    text = request.get(RESOURCE_POLICY)
    texts = {**simulation.identity, **simulation.boundary, **({RESOURCE_POLICY: text} if text is not None else {})}
    positions = cache(lambda policy: statement_positions(texts[policy]))
    policy_sets = cache(partial(_policy_set, simulation, text))
    results = []
    for action, resource in questions:
        asked = AccessRequest(caller, action, resource, _owner(request, resource, caller), context)
        policies = policy_sets(action.lower().startswith(_KMS))
        results.append(_result(asked, explain(asked, policies), positions, policies))
    return results


def _policy_set(simulation: Simulation, text: str | None, key: bool) -> PolicySet:  # noqa: FBT001 - the argument of a cache
    kind = PolicyKind.KEY if key else PolicyKind.RESOURCE
    return PolicySet(
        identity=tuple(_compiled(*item, PolicyKind.IDENTITY) for item in simulation.identity.items()),
        boundary=next((_compiled(*item, PolicyKind.IDENTITY) for item in simulation.boundary.items()), None),
        resource=_compiled(RESOURCE_POLICY, text, kind) if text is not None else None,
        rule=ResourceRule.KMS_KEY if key and text is not None else ResourceRule.ORDINARY,
        service_control=simulation.service_control,
    )


def _result(asked: AccessRequest, explanation: Explanation, positions: Callable[[str], Places], policies: PolicySet) -> dict[str, Any]:
    decision = explanation.decision
    counted = [r for r in explanation.statements if r.matched and r.allow == decision.allowed and r.policy_type in _SHOWN]
    return {
        "EvalActionName": asked.action,
        "EvalResourceName": asked.resource,
        "EvalDecision": "allowed" if decision.allowed else "explicitDeny" if decision.explicit else "implicitDeny",
        "MatchedStatements": [_matched(report, positions(report.policy)) for report in counted],
        "MissingContextValues": list(explanation.missing_context_keys),
        "PermissionsBoundaryDecisionDetail": _boundary_detail(explanation.statements) if policies.boundary is not None else None,
        "OrganizationsDecisionDetail": _organisation_detail(asked, policies.service_control) if policies.service_control else None,
    }


def _organisation_detail(asked: AccessRequest, levels: Levels) -> dict[str, bool]:
    """Return whether the service control policies alone would let it pass."""
    everything = named_policy(ADMINISTRATOR_ACCESS.arn, ADMINISTRATOR_ACCESS.document)
    return {"AllowedByOrganizations": evaluate(asked, PolicySet(identity=(everything,), service_control=levels)).allowed}


def _boundary_detail(reports: Sequence[StatementReport]) -> dict[str, bool]:
    matched = [report.allow for report in reports if report.policy_type is PolicyType.BOUNDARY and report.matched]
    return {"AllowedByPermissionsBoundary": bool(matched) and all(matched)}


def _matched(report: StatementReport, places: Places) -> dict[str, Any]:
    start, end = places[report.position - 1]
    return {
        "SourcePolicyId": _source_id(report.policy),
        "SourcePolicyType": _source_type(report.policy),
        "StartPosition": {"Line": start[0], "Column": start[1]},
        "EndPosition": {"Line": end[0], "Column": end[1]},
    }


def _source_id(policy: str) -> str:
    """Return a policy's name as AWS shows it: user_alice_inline, or the last part of an ARN."""
    return policy.rpartition("/")[2] if policy.startswith("arn:") else policy.replace("/", "_")


def _source_type(policy: str) -> str:
    if policy == RESOURCE_POLICY:
        return "resource"
    if policy.startswith("arn:aws:iam::aws:"):
        return "aws-managed"
    if policy.startswith("arn:"):
        return "user-managed"
    kind, slash, _ = policy.partition("/")
    return kind if slash else "none"
