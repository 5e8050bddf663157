"""Remembered decisions: never another answer than an evaluation gives, and no evaluation where nothing has changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from tests.unit.policy.make import ACCOUNT, ALICE, DECRYPT, KEY, allow, deny, identity
from tests.unit.policy.test_evaluation_properties import Case, cases, contexts

from strongroom.policy import remembered
from strongroom.policy.decision import AccessRequest, ConditionContext, Decision, PolicySet, ResourceRule, Values
from strongroom.policy.evaluate import evaluate
from strongroom.policy.remembered import REMEMBERED, Decisions, Place

ARNS = (KEY, KEY.replace("eu-west-1", "us-east-1"))


def question(context: dict[str, Values] | None = None, resource: str = KEY) -> AccessRequest:
    """Return the question whether Alice may decrypt."""
    return AccessRequest(ALICE, DECRYPT, resource, ACCOUNT, ConditionContext(context or {}))


def place(request: AccessRequest, policies: PolicySet) -> Place:
    """Return everything that a decision follows from except the ARN and condition keys; compiled policies by identity."""
    facts = structs.astuple(request.principal)
    parts = (policies.identity, policies.boundary, policies.session, policies.service_control, policies.resource_control)
    return (*facts, request.action, request.resource_account_id, *parts, policies.resource, policies.rule.name)


def ask(decisions: Decisions, request: AccessRequest, policies: PolicySet) -> Decision:
    """Return the decision on a question."""
    return decisions.decide(place(request, policies), request, policies)


@pytest.fixture
def evaluations(monkeypatch: pytest.MonkeyPatch) -> list[AccessRequest]:
    """Return the questions that were really evaluated."""
    asked: list[AccessRequest] = []

    def noted(request: AccessRequest, policies: PolicySet) -> Decision:
        asked.append(request)
        return evaluate(request, policies)

    monkeypatch.setattr(remembered, "evaluate", noted)
    return asked


@given(st.lists(cases, min_size=1, max_size=3), st.lists(contexts, min_size=1, max_size=4), st.booleans())
def test_a_remembered_decision_is_the_one_that_an_evaluation_gives(
    some: list[Case],
    given_contexts: list[dict[str, Values]],
    attached: bool,  # noqa: FBT001 - whether the resource has a policy of its own
) -> None:
    """Whatever was asked before, for whatever resource, under whatever values of the condition keys, twice over."""
    decisions = Decisions()
    sets = [(case, case.policies() if attached else structs.replace(case.policies(), resource=None)) for case in some]
    asked = [(case, policies, context, arn) for case, policies in sets for context in (case.context, *given_contexts) for arn in ARNS] * 2
    for case, policies, context, arn in asked:
        requests = [AccessRequest(case.facts, DECRYPT, arn, case.owner, ConditionContext(context)) for _ in range(2)]
        assert decisions.decide(place(requests[0], policies), requests[0], policies) == evaluate(requests[1], policies)


def test_the_same_question_is_evaluated_once(evaluations: list[AccessRequest]) -> None:
    """The policies are the same by identity: whatever changes them compiles them anew."""
    decisions, policies = Decisions(), PolicySet(identity=(identity(allow()),))
    assert [ask(decisions, question(), policies).allowed for _ in range(3)] == [True] * 3
    assert len(evaluations) == 1
    assert ask(decisions, question(), PolicySet(identity=(identity(allow(), deny()),))).allowed is False
    assert len(evaluations) == 2


def test_another_value_of_a_key_that_was_asked_for_is_evaluated_anew(evaluations: list[AccessRequest]) -> None:
    """Other keys don't matter."""
    decisions = Decisions()
    policies = PolicySet(identity=(identity(allow(Condition={"StringEquals": {"aws:SourceIp": "10.0.0.1"}})),))
    here: dict[str, Values] = {"aws:sourceip": ("10.0.0.1",)}
    assert ask(decisions, question(here), policies).allowed
    assert ask(decisions, question({**here, "aws:useragent": ("x",)}), policies).allowed
    assert len(evaluations) == 1
    assert not ask(decisions, question({"aws:sourceip": ("10.0.0.2",)}), policies).allowed
    assert not ask(decisions, question(), policies).allowed
    assert len(evaluations) == 3


def test_what_no_condition_key_decides_is_known_before_any_is_made() -> None:
    """So that an evaluation's request and policies need not be put together."""
    decisions, policies = Decisions(), PolicySet(identity=(identity(allow()),))
    conditional = PolicySet(identity=(identity(allow(Condition={"Null": {"aws:SourceIp": "true"}})),))
    for each, at_once in ((policies, True), (conditional, False)):
        where = place(question(), each)
        assert not decisions.allows(where, KEY)
        assert ask(decisions, question(), each).allowed
        assert decisions.allows(where, KEY) is at_once


def test_where_no_statement_looks_at_the_resource_one_answer_serves_all(evaluations: list[AccessRequest]) -> None:
    """A million parameters that the root user reads are one decision."""
    decisions = Decisions()
    everything, some = (PolicySet(identity=(identity(allow(Resource=resource)),)) for resource in ("*", "arn:aws:kms:*:*:key/*"))
    for policies, evaluated in ((everything, 1), (some, 3)):
        evaluations.clear()
        for number in range(3):
            assert ask(decisions, question(resource=f"{KEY}{number}"), policies).allowed
        assert len(evaluations) == evaluated


def test_denials_and_grants_are_asked_for_each_time() -> None:
    """A denial is explained anew, and a grant may have been revoked."""
    answers = iter((True, False, True))
    policies = PolicySet(identity=(), resource=None, rule=ResourceRule.KMS_KEY, grant=lambda: next(answers))
    decisions = Decisions()
    assert [ask(decisions, question(), policies).allowed for _ in range(3)] == [True, False, True]


def test_what_depends_on_the_time_is_not_kept(evaluations: list[AccessRequest]) -> None:
    """It would be compared in vain."""
    decisions = Decisions()
    policies = PolicySet(identity=(identity(allow(Condition={"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}})),))
    for second in range(3):
        assert ask(decisions, question({"aws:currenttime": (f"2026-01-01T00:00:0{second}Z",)}), policies).allowed
    assert len(evaluations) == 3


def test_only_so_many_are_kept(evaluations: list[AccessRequest]) -> None:
    """A client that names ever new resources can't fill the memory."""
    decisions, policies = Decisions(), PolicySet(identity=(identity(allow(Resource="arn:aws:kms:*:*:key/*")),))
    for number in range(REMEMBERED + 1):
        ask(decisions, question(resource=f"{KEY}{number}"), policies)
    ask(decisions, question(resource=f"{KEY}0"), policies)
    assert len(evaluations) == REMEMBERED + 2


def test_long_policies_are_not_kept_in_any_number(evaluations: list[AccessRequest], monkeypatch: pytest.MonkeyPatch) -> None:
    """The places hold the texts of resources' policies; those of a hostile account are forgotten once they are too long together."""
    monkeypatch.setattr(remembered, "MOST_CHARACTERS", 1000)
    decisions, policies = Decisions(), PolicySet(identity=(identity(allow()),))
    for text in ("a" * 400, "b" * 400, "c" * 400, "a" * 400):
        decisions.decide((*place(question(), policies), text), question(), policies)
    assert len(evaluations) == 4
