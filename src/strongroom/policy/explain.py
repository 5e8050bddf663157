"""Saying why: AWS's AccessDenied sentence, and the full story for simulations and `strongroom explain`.

Source: IAM User Guide, "Troubleshoot access denied error messages"; IAM API Reference, SimulateCustomPolicy.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from strongroom.policy.arns import segments_of
from strongroom.policy.compile import CompiledCondition, CompiledStatement
from strongroom.policy.decision import (
    AccessRequest,
    ConditionContext,
    Decision,
    NamedPolicy,
    PolicySet,
    PolicyType,
    TooMuchWorkError,
)
from strongroom.policy.evaluate import evaluate, policies_in_order
from strongroom.policy.json_text import value_spans
from strongroom.policy.principals import statement_keys
from strongroom.policy.reach import Reach

_NO_RESOURCE = "*"


@dataclass(frozen=True, slots=True)
class StatementReport:
    """What one statement of one policy had to say about a request.

    Attributes:
        position: 1 for the first statement of its policy.
        matched: every element was met, so its effect counted.
        unmet: in words, each element that was not met; empty where it matched.
        missing_keys: context keys that the statement uses and the request lacks; only if it is about this action.
    """

    policy_type: PolicyType
    policy: str
    statement: str
    position: int
    allow: bool
    matched: bool
    unmet: tuple[str, ...]
    missing_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision and everything that was considered for it, in order.

    Attributes:
        missing_context_keys: of all statements about the action, as written, each once.
    """

    decision: Decision
    statements: tuple[StatementReport, ...]
    missing_context_keys: tuple[str, ...]


def denial_text(request: AccessRequest, decision: Decision) -> str:
    """Return AWS's sentence for a denial: who, what, on what, and which kind of policy denied or was missing."""
    resource = "" if request.resource == _NO_RESOURCE else f" on resource: {request.resource}"
    return f"User: {request.principal.arn} is not authorized to perform: {request.action}{resource}{_reason(request.action, decision)}"


def _reason(action: str, decision: Decision) -> str:
    kind = decision.policy_type
    if kind is None:
        return ""
    if not decision.explicit:
        return f" because no {kind.value} allows the {action} action"
    article = "the" if kind is PolicyType.TRUST else "an" if kind.value[0] in "aeiou" else "a"
    return f" with an explicit deny in {article} {kind.value}"


def explain(request: AccessRequest, policies: PolicySet) -> Explanation:
    """Return the decision on `request` and a report of every statement of every policy that takes part."""
    decision = evaluate(request, policies)
    bounded = policies.boundary is not None
    reports = tuple(
        _report(request, policy_type, named, statement, bounded=bounded)
        for policy_type, named in policies_in_order(policies)
        for statement in named.policy.statements
    )
    missing = {key.lower(): key for report in reversed(reports) for key in reversed(report.missing_keys)}
    return Explanation(decision, reports, tuple(sorted(missing.values())))


def _report(
    request: AccessRequest, policy_type: PolicyType, named: NamedPolicy, statement: CompiledStatement, *, bounded: bool
) -> StatementReport:
    about_action = statement.action(request.action.lower())
    unmet = tuple(_unmet(request, statement, bounded=bounded))
    variables = named.policy.document.has_variables
    keys = statement_keys(statement.source, variables=variables) if about_action else ()
    return StatementReport(
        policy_type=policy_type,
        policy=named.name,
        statement=statement.label,
        position=statement.source.position,
        allow=statement.allow,
        matched=not unmet,
        unmet=unmet,
        missing_keys=tuple(dict.fromkeys(key for key in keys if not request.context.get(key.lower()))),
    )


def _unmet(request: AccessRequest, statement: CompiledStatement, *, bounded: bool) -> Iterator[str]:
    if not statement.action(request.action.lower()):
        yield f"it does not name the action {request.action}"
    if statement.principal is not None and statement.principal(request.principal, bounded) is Reach.NONE:
        yield f"it does not name the principal {request.principal.arn}"
    resource, context = statement.resource, request.context
    if resource is not None and not _holds(context, lambda: resource(request.resource, segments_of(request.resource), context)):
        yield f"it does not name the resource {request.resource}"
    for condition in statement.conditions:
        if not _holds(context, partial(condition.test, context)):
            yield _unmet_condition(request, condition)


def _holds(context: ConditionContext, test: Callable[[], bool]) -> bool:
    """Return what a test says, on its own account; one that takes too long does not hold."""
    context.start_anew()
    try:
        return test()
    except TooMuchWorkError:
        return False


def _unmet_condition(request: AccessRequest, condition: CompiledCondition) -> str:
    source = condition.source
    values = request.context.get(source.key.lower())
    found = f"the request has {', '.join(values)}" if values else "the request has no such key"
    return f"the condition {source.operator} on {source.key} ({', '.join(source.values)}) does not hold: {found}"


Position = tuple[int, int]


def statement_positions(text: str) -> list[tuple[Position, Position]]:
    """Return where each statement begins and ends in a document that parse_policy accepted, as (line, column) counted from 1."""
    spans = [span for span in value_spans(text) if span.path == ("Statement",) and text[span.start] == "{"]
    return [(_position(text, span.start), _position(text, span.end)) for span in spans]


def _position(text: str, offset: int) -> Position:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
