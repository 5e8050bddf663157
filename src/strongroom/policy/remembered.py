"""Decisions that are remembered: the same question, put to the same policies, has the same answer.

An evaluation is a function of who asks, what for, the compiled policies, and the values of those condition keys that it looked at.
So an answer is kept with these values, and given again only where all of them are the same. Only what policies allow is
kept: a denial is explained anew each time, and a grant may be gone.
"""

from typing import Any

from strongroom.policy.decision import AccessRequest, ConditionContext, Decision, PolicySet, Values
from strongroom.policy.evaluate import GRANT, evaluate, policies_in_order

REMEMBERED = 4096  # decisions kept in each process, of a few hundred bytes each
MOST_CHARACTERS = 8 * 1024 * 1024  # of the policies and names in their places: a resource's own policy may have 32 KiB
ASKED_MAX = 8  # condition keys; comparing many more takes as long as evaluating
_ALWAYS_NEW = frozenset(("aws:currenttime", "aws:epochtime"))
Place = tuple[Any, ...]
_Asked = tuple[tuple[str, Values | None], ...]
_Kept = tuple[_Asked, Decision]
_ANY = ""  # no resource's ARN


class Decisions:
    """The decisions that a process remembers. Safe to use from many threads.

    The place of a question is everything that its answer follows from, except the resource's ARN and the values of condition keys: who
    asks, what for, and every policy, compiled or as text. Whoever asks makes it, before anything that only an evaluation needs.
    Where no statement looks at the ARN, as for a root user without a resource policy, one answer serves all resources.
    """

    def __init__(self) -> None:
        self._kept: dict[Place, dict[str, _Kept]] = {}
        self._count = 0
        self._characters = 0

    def allows(self, place: Place, arn: str) -> bool:
        """Return whether the question is known to be allowed whatever its condition keys are; otherwise `decide` has to be asked."""
        kept = self._find(place, arn)
        return kept is not None and not kept[0]

    def decide(self, place: Place, request: AccessRequest, policies: PolicySet) -> Decision:
        """Return what `evaluate` returns."""
        kept = self._find(place, request.resource)
        if kept is not None and _is_as_asked(kept[0], request.context):
            return kept[1]
        decision = evaluate(request, policies)
        if decision.allowed and decision.policy is not GRANT:
            arn = request.resource if _looks_at_resource(request.action.lower(), policies) else _ANY
            self._keep(place, arn, tuple(request.context.asked().items()), decision)
        return decision

    def _find(self, place: Place, arn: str) -> _Kept | None:
        kept = self._kept.get(place)
        return None if kept is None else kept.get(arn) or kept.get(_ANY)

    def _keep(self, place: Place, arn: str, asked: _Asked, decision: Decision) -> None:
        if len(asked) > ASKED_MAX or any(name in _ALWAYS_NEW for name, _ in asked):
            return
        weight = sum(len(part) for part in (arn, *place) if isinstance(part, str))
        if self._count >= REMEMBERED or self._characters + weight > MOST_CHARACTERS:
            self._kept.clear()
            self._count = self._characters = 0
        self._kept.setdefault(place, {})[arn] = (asked, decision)
        self._count += 1
        self._characters += weight


def _is_as_asked(asked: _Asked, context: ConditionContext) -> bool:
    get = context.get
    for name, values in asked:  # noqa: SIM110 - a generator costs more than the comparisons
        if get(name) != values:
            return False
    return True


def _looks_at_resource(action: str, policies: PolicySet) -> bool:
    """Return whether the answer may differ between resources; a resource's own policy is that resource's alone."""
    if policies.resource is not None:
        return True
    named = (each.policy.for_action(action) for _, each in policies_in_order(policies))
    return any(statement.resource is not None for pair in named for statements in pair for statement in statements)
