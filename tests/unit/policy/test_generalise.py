"""The smallest policy: it allows every use, and nothing that was not used."""

import json

from hypothesis import given
from hypothesis import strategies as st

from strongroom.policy.compile import compile_policy
from strongroom.policy.decision import AccessRequest, ConditionContext, NamedPolicy, PolicySet, PrincipalFacts, PrincipalType
from strongroom.policy.evaluate import evaluate
from strongroom.policy.generalise import Use, smallest_policy
from strongroom.policy.kinds import PolicyKind

ACTIONS = ["kms:Encrypt", "kms:Decrypt", "kms:ListKeys", "ssm:GetParameter", "secretsmanager:GetSecretValue"]
RESOURCES = [
    "*",
    "arn:aws:kms:eu-west-1:111122223333:key/a",
    "arn:aws:kms:eu-west-1:111122223333:key/b",
    "arn:aws:ssm:eu-west-1:111122223333:parameter/a",
]
SERVICES = [None, "ssm.eu-west-1.amazonaws.com", "secretsmanager.eu-west-1.amazonaws.com"]
USES = st.builds(Use, st.sampled_from(ACTIONS), st.sampled_from(RESOURCES[1:]), st.sampled_from(SERVICES))
CALLER = PrincipalFacts(PrincipalType.USER, "111122223333", "arn:aws:iam::111122223333:user/a")


def allowed(policy: object, use: Use) -> bool:
    """Return whether a policy allows a use."""
    compiled = compile_policy(json.dumps(policy), PolicyKind.IDENTITY)
    context = ConditionContext({"kms:viaservice": (use.via,)} if use.via else {})
    request = AccessRequest(CALLER, use.action, use.resource, "111122223333", context)
    return evaluate(request, PolicySet(identity=(NamedPolicy("p", compiled),))).allowed


@given(st.frozensets(USES, max_size=12))
def test_exactly_what_was_used_is_allowed(uses: frozenset[Use]) -> None:
    """What was done through a service only is not allowed directly; what was done directly is allowed through services too."""
    policy = smallest_policy(uses)
    for action in ACTIONS:
        for resource in RESOURCES[1:]:
            for via in SERVICES:
                use = Use(action, resource, via)
                assert allowed(policy, use) == (use in uses or Use(action, resource) in uses)


def test_resources_with_the_same_use_share_a_statement() -> None:
    """And actions without a resource stand on their own."""
    first, second = RESOURCES[1:3]
    uses = [Use("kms:Decrypt", first), Use("kms:Encrypt", first), Use("kms:Encrypt", second), Use("kms:Decrypt", second)]
    assert smallest_policy([*uses, Use("kms:ListKeys", "*")]) == {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:Encrypt"], "Resource": [first, second]},
            {"Effect": "Allow", "Action": ["kms:ListKeys"], "Resource": "*"},
        ],
    }


def test_no_use_is_a_policy_that_allows_nothing() -> None:
    """It is still a policy that IAM accepts."""
    policy = smallest_policy([])
    assert not allowed(policy, Use("kms:ListKeys", "*"))
