"""Decisions that are remembered: the same question, put to the same policies, has the same answer.

An evaluation is a function of who asks, what for, the compiled policies, and the values of those condition keys that it looked at.
So an answer is kept with these values, and given again only where all of them are the same. Only what policies allow is
kept: a denial is explained anew each time, and a grant may be gone.
"""

from typing import Any

from strongroom.policy.decision import AccessRequest, ConditionContext, Decision, PolicySet, Values
from strongroom.policy.evaluate import GRANT, evaluate

REMEMBERED = 4096  # decisions kept in each process, of a few hundred bytes each
ASKED_MAX = 8  # condition keys; comparing many more takes as long as evaluating
_ALWAYS_NEW = frozenset(("aws:currenttime", "aws:epochtime"))
_Asked = tuple[tuple[str, Values | None], ...]


class Decisions:
    """The decisions that a process remembers. Safe to use from many threads."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Any, ...], tuple[_Asked, Decision]] = {}

    def decide(self, request: AccessRequest, policies: PolicySet) -> Decision:
        """Return what `evaluate` returns."""
        place = _place(request, policies)
        kept = self._kept.get(place)
        if kept is not None and _is_as_asked(kept[0], request.context):
            return kept[1]
        decision = evaluate(request, policies)
        if decision.allowed and decision.policy is not GRANT:
            self._keep(place, tuple(request.context.asked().items()), decision)
        return decision

    def _keep(self, place: tuple[Any, ...], asked: _Asked, decision: Decision) -> None:
        if len(asked) > ASKED_MAX or any(name in _ALWAYS_NEW for name, _ in asked):
            return
        if len(self._kept) >= REMEMBERED:
            self._kept.clear()
        self._kept[place] = (asked, decision)


def _place(request: AccessRequest, policies: PolicySet) -> tuple[Any, ...]:
    """Return everything that a decision follows from, except the values of condition keys. Compiled policies are compared by identity."""
    facts = request.principal
    return (
        facts.type._name_,  # an enumeration's own hash is computed in Python
        facts.account_id,
        facts.arn,
        facts.role_arn,
        facts.unique_id,
        facts.service,
        facts.federated_provider,
        request.action,
        request.resource,
        request.resource_account_id,
        policies.identity,
        policies.boundary,
        policies.session,
        policies.service_control,
        policies.resource_control,
        policies.resource,
        policies.rule._name_,
    )


def _is_as_asked(asked: _Asked, context: ConditionContext) -> bool:
    get = context.get
    for name, values in asked:  # noqa: SIM110 - a generator costs more than the comparisons
        if get(name) != values:
            return False
    return True
