"""AWS's sentences for denials, and the full story of a decision."""

import pytest
from tests.unit.policy.make import ACCOUNT, ALICE, ALICE_ARN, KEY, ROLE_ARN, SESSION, SESSION_ARN, allow, deny, identity, named

from strongroom.policy.decision import (
    AccessRequest,
    ConditionContext,
    Decision,
    PolicySet,
    PolicyType,
    PrincipalFacts,
    ResourceRule,
    Values,
)
from strongroom.policy.explain import denial_text, explain, statement_positions
from strongroom.policy.parse import PolicyKind

ALLOWS = "the kms:Decrypt action"
REASONS = [
    (PolicyType.IDENTITY, False, f"because no identity-based policy allows {ALLOWS}"),
    (PolicyType.RESOURCE, False, f"because no resource-based policy allows {ALLOWS}"),
    (PolicyType.BOUNDARY, False, f"because no permissions boundary allows {ALLOWS}"),
    (PolicyType.SESSION, False, f"because no session policy allows {ALLOWS}"),
    (PolicyType.SERVICE_CONTROL, False, f"because no service control policy allows {ALLOWS}"),
    (PolicyType.RESOURCE_CONTROL, False, f"because no resource control policy allows {ALLOWS}"),
    (PolicyType.TRUST, False, f"because no role trust policy allows {ALLOWS}"),
    (PolicyType.IDENTITY, True, "with an explicit deny in an identity-based policy"),
    (PolicyType.RESOURCE, True, "with an explicit deny in a resource-based policy"),
    (PolicyType.BOUNDARY, True, "with an explicit deny in a permissions boundary"),
    (PolicyType.SESSION, True, "with an explicit deny in a session policy"),
    (PolicyType.SERVICE_CONTROL, True, "with an explicit deny in a service control policy"),
    (PolicyType.RESOURCE_CONTROL, True, "with an explicit deny in a resource control policy"),
    (PolicyType.TRUST, True, "with an explicit deny in the role trust policy"),
]


def request(facts: PrincipalFacts = ALICE, resource: str = KEY, context: dict[str, Values] | None = None) -> AccessRequest:
    """Return a request for kms:Decrypt."""
    return AccessRequest(facts, "kms:Decrypt", resource, ACCOUNT, ConditionContext(context or {}))


@pytest.mark.parametrize(("policy_type", "explicit", "reason"), REASONS)
def test_a_denial_is_told_in_awss_words(policy_type: PolicyType, reason: str, *, explicit: bool) -> None:
    """Who, what, on what, and why."""
    text = denial_text(request(SESSION), Decision(allowed=False, explicit=explicit, policy_type=policy_type))
    assert text == f"User: {SESSION_ARN} is not authorized to perform: kms:Decrypt on resource: {KEY} {reason}"


def test_a_denial_without_a_resource_names_none() -> None:
    """`*` is left out."""
    text = denial_text(request(resource="*"), Decision(allowed=False, policy_type=PolicyType.IDENTITY))
    assert text == f"User: {ALICE_ARN} is not authorized to perform: kms:Decrypt because no identity-based policy allows {ALLOWS}"


def test_a_denial_for_a_mistake_gives_no_reason() -> None:
    """What failed is the operator's to know."""
    text = denial_text(request(), Decision(allowed=False, considered=("the evaluation failed: KeyError",)))
    assert text == f"User: {ALICE_ARN} is not authorized to perform: kms:Decrypt on resource: {KEY}"


def test_an_explanation_reports_every_statement_and_what_was_not_met() -> None:
    """In the order of evaluation, with the elements that were not met in words."""
    mine = identity(
        allow(Action="s3:*"),
        allow(Resource="arn:aws:kms:us-east-1:*:*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
        allow(Sid="Red", Condition={"StringEquals": {"aws:PrincipalTag/team": ["red", "blue"]}}),
        deny(Action="kms:Schedule*"),
    )
    theirs = named(PolicyKind.KEY, allow(Principal={"AWS": ROLE_ARN}), allow(Principal={"AWS": ACCOUNT}), name=KEY)
    policies = PolicySet(identity=(mine,), resource=theirs, rule=ResourceRule.KMS_KEY)
    story = explain(request(context={"aws:principaltag/team": ("green",)}), policies)
    assert story.decision.policy_type is PolicyType.IDENTITY
    assert [(each.policy, each.statement, each.position, each.allow, each.matched, each.unmet) for each in story.statements] == [
        (KEY, "1", 1, True, False, (f"it does not name the principal {ALICE_ARN}",)),
        (KEY, "2", 2, True, True, ()),
        ("identity", "1", 1, True, False, ("it does not name the action kms:Decrypt",)),
        (
            "identity",
            "2",
            2,
            True,
            False,
            (
                f"it does not name the resource {KEY}",
                "the condition Bool on aws:SecureTransport (true) does not hold: the request has no such key",
            ),
        ),
        (
            "identity",
            "Red",
            3,
            True,
            False,
            ("the condition StringEquals on aws:PrincipalTag/team (red, blue) does not hold: the request has green",),
        ),
        ("identity", "4", 4, False, False, ("it does not name the action kms:Decrypt",)),
    ]
    assert story.missing_context_keys == ("aws:SecureTransport",)


def test_missing_keys_are_those_of_statements_about_the_action() -> None:
    """Of conditions and of policy variables, each once, as first written."""
    policy = identity(
        allow(Resource="arn:aws:kms:*:${aws:PrincipalTag/home}:key/*"),
        allow(Condition={"StringLike": {"kms:ViaService": "${aws:username}.*", "aws:principaltag/HOME": "x"}}),
        allow(Action="s3:*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
    )
    story = explain(request(context={"aws:username": ("alice",)}), PolicySet(identity=(policy,)))
    assert story.missing_context_keys == ("aws:PrincipalTag/home", "kms:ViaService")
    assert [each.missing_keys for each in story.statements] == [
        ("aws:PrincipalTag/home",),
        ("kms:ViaService", "aws:principaltag/HOME"),
        (),
    ]


def test_statements_are_found_in_their_text() -> None:
    """Lines and columns count from 1; a lone statement needs no list."""
    text = '{"Version": "2012-10-17",\n "Statement": [\n  {"Effect": "Allow"},\n  {"Condition": {"a": {"Statement": {}}}}\n]}'
    assert statement_positions(text) == [((3, 3), (3, 22)), ((4, 3), (4, 42))]
    assert statement_positions('{"Statement":{"Effect":"Allow"}}') == [((1, 14), (1, 32))]
