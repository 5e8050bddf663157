"""Which resource policies count as public."""

import json
from typing import Any

import pytest

from strongroom.policy.parse import PolicyKind, parse_policy
from strongroom.secretsmanager.rules.public import is_public

ANYONE = {"AWS": "*"}
ALICE = {"AWS": "arn:aws:iam::123456789012:user/alice"}


@pytest.mark.parametrize(
    ("changes", "public"),
    [
        ({"Principal": "*"}, True),
        ({"Principal": ANYONE}, True),
        ({"Principal": ALICE}, False),
        ({"Principal": "*", "Effect": "Deny"}, False),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, False),
        ({"Principal": "*", "Condition": {"StringLike": {"aws:PrincipalOrgID": "*"}}}, True),
        ({"Principal": "*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}, True),
        ({"Principal": "*", "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}}, True),
        ({"Principal": "*", "Condition": {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, True),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, False),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "0.0.0.0/0"]}}}, True),
        ({"Principal": "*", "Condition": {"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}}}, True),
    ],
)
def test_an_allow_for_everybody_is_public_unless_a_condition_fixes_the_caller(changes: dict[str, Any], *, public: bool) -> None:
    """Negated, optional and vacuous conditions fix nobody."""
    statement = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*", **changes}
    document = parse_policy(json.dumps({"Version": "2012-10-17", "Statement": [statement]}), PolicyKind.RESOURCE)
    assert is_public(document) is public
