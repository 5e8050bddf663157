"""Whom documents name, whom they let in, and which keys they use."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.policy.make import ACCOUNT, ALICE_ARN, ALICE_ID, PROVIDER_ARN, ROLE_ARN, ROLE_ID, allow, deny, text

from strongroom.policy.parse import PolicyKind, parse_policy
from strongroom.policy.principals import context_keys, is_public, principals_named, rewrite_principals

AWKWARD = """{ "Version" : "2012-10-17",
  "Statement":[
    {"Sid":"Principal","Effect":"Allow","Principal":{"AWS":["%s","arn:aws:iam::111122223333:role\\/service/app", "111122223333"],
     "Service" : "lambda.amazonaws.com"}, "Action":"kms:*","Resource":"*",
     "Condition":{"ArnLike":{"aws:PrincipalArn":"%s"}}},
    {"Effect":"Deny","NotPrincipal":{"AWS":"%s"},"Action":"kms:*","Resource":["*", "%s"]}
  ] }
"""


def test_principals_are_named_once_each_with_their_kind() -> None:
    """Also those of NotPrincipal; a lone star is everyone in AWS."""
    document = parse_policy(
        text(
            allow(Principal={"AWS": [ALICE_ARN, ACCOUNT], "Service": "lambda.amazonaws.com"}),
            deny(NotPrincipal={"AWS": [ALICE_ARN], "Federated": PROVIDER_ARN, "CanonicalUser": "0" * 64}),
            allow(Principal="*"),
        ),
        PolicyKind.KEY,
    )
    assert principals_named(document) == [
        ("AWS", ALICE_ARN),
        ("AWS", ACCOUNT),
        ("Service", "lambda.amazonaws.com"),
        ("Federated", PROVIDER_ARN),
        ("CanonicalUser", "0" * 64),
        ("AWS", "*"),
    ]
    assert principals_named(parse_policy(text(allow()), PolicyKind.IDENTITY)) == []


def test_principals_are_rewritten_and_nothing_else() -> None:
    """Spaces, escapes, conditions and resources stay as they were."""
    before = AWKWARD % (ALICE_ARN, ALICE_ARN, ALICE_ARN, ALICE_ARN)
    after = rewrite_principals(before, {ALICE_ARN: ALICE_ID, ROLE_ARN: ROLE_ID, "lambda.amazonaws.com": "no", "*": "no"})
    expected = (AWKWARD % (ALICE_ID, ALICE_ARN, ALICE_ID, ALICE_ARN)).replace("arn:aws:iam::111122223333:role\\/service/app", ROLE_ID)
    assert after == expected
    assert rewrite_principals(after, {ALICE_ID: ALICE_ARN, ROLE_ID: ROLE_ARN}) == before.replace("\\/", "/")
    assert rewrite_principals(before, {}) == before


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(values, st.sampled_from([None, 1]))
def test_rewriting_survives_any_json_and_keeps_its_meaning(value: Any, indent: int | None) -> None:
    """Strings with brackets, quotes and backslashes don't confuse it."""
    principal = {"AWS": [ALICE_ARN, ROLE_ARN]}
    document = json.dumps(
        {"x": value, "Statement": [{"y": value, "Principal": principal, "z": value}], "Principal": principal}, indent=indent
    )
    found = json.loads(rewrite_principals(document, {ALICE_ARN: ALICE_ID}))
    expected = {"y": value, "Principal": {"AWS": [ALICE_ID, ROLE_ARN]}, "z": value}
    assert found == {"x": value, "Statement": [expected], "Principal": principal}


FIXED: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, False),
    ({"StringEquals": {"AWS:PrincipalOrgID": ["o-1", "o-2"]}}, False),
    ({"StringEquals": {"kms:CallerAccount": ACCOUNT}}, False),
    ({"StringEquals": {"aws:SourceVpce": "vpce-1"}, "Bool": {"aws:SecureTransport": "true"}}, False),
    ({"Bool": {"aws:SecureTransport": "true"}}, True),
    ({"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}, True),
    ({"StringNotEquals": {"aws:SourceAccount": ACCOUNT}}, True),
    ({"ForAllValues:StringEquals": {"aws:SourceAccount": ACCOUNT}}, True),
    ({"ForAnyValue:StringEquals": {"aws:SourceAccount": ACCOUNT}}, False),
    ({"StringEquals": {"aws:SourceAccount": []}}, True),
    ({"StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}}, True),
    ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, True),
    ({"StringLike": {"aws:SourceAccount": "1111*"}}, True),
    ({"StringLike": {"aws:SourceAccount": ACCOUNT}}, False),
    ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}}, False),
    ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}}, True),
    ({"ArnEquals": {"aws:SourceArn": ["*", f"arn:aws:sns:eu-west-1:{ACCOUNT}:t"]}}, True),
    ({"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}}, False),
    ({"Null": {"aws:SourceAccount": "false"}}, True),
    ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
    ({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/1"]}}, True),
    ({"IpAddress": {"aws:SourceIp": "::/0"}}, True),
    ({"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}, False),
    ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, True),
    ({"IpAddress": {"aws:SourceArn": "203.0.113.0/24"}}, True),
]


@pytest.mark.parametrize(("condition", "public"), FIXED)
def test_a_policy_for_everyone_is_public_unless_a_condition_pins_the_caller(condition: dict[str, Any], *, public: bool) -> None:
    """Only conditions that can't be met from anywhere make it private."""
    document = parse_policy(text(deny(Principal="*"), allow(Principal={"AWS": [ACCOUNT, "*"]}, Condition=condition)), PolicyKind.RESOURCE)
    assert is_public(document) is public


def test_denials_and_named_principals_are_not_public() -> None:
    """A Deny for everyone lets nobody in; an Allow for all but some lets everyone else in."""
    assert not is_public(parse_policy(text(deny(Principal="*"), allow(Principal={"AWS": ACCOUNT})), PolicyKind.RESOURCE))
    assert is_public(parse_policy(text(allow(NotPrincipal={"AWS": ACCOUNT})), PolicyKind.RESOURCE))
    assert not is_public(parse_policy(text(deny(NotPrincipal={"AWS": ACCOUNT})), PolicyKind.RESOURCE))
    assert not is_public(parse_policy(text(allow(Principal="*", Action=None)), PolicyKind.KEY))


def test_context_keys_come_from_conditions_and_variables() -> None:
    """Each once, in the case first written; the old version has no variables."""
    statement = allow(
        Resource=["arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::${*}"],
        Condition={
            "StringLike": {"aws:UserAgent": "${aws:PrincipalTag/tool, 'x'}", "AWS:USERNAME": "a"},
            "NumericLessThan": {"aws:EpochTime": "1"},
        },
    )
    document = parse_policy(text(statement), PolicyKind.IDENTITY)
    assert context_keys(document) == ["AWS:USERNAME", "aws:EpochTime", "aws:PrincipalTag/tool", "aws:UserAgent"]
    old = parse_policy(text(statement, version="2008-10-17"), PolicyKind.IDENTITY)
    assert context_keys(old) == ["AWS:USERNAME", "aws:EpochTime", "aws:UserAgent"]
