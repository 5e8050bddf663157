"""What a review of a policy finds, and what it leaves alone."""

import json
from typing import Any

import pytest

from strongroom.app.catalogue import catalogue
from strongroom.identity.managed_policies import AWS_MANAGED_POLICIES
from strongroom.policy.kinds import MalformedPolicy, PolicyKind
from strongroom.policy.lint import Weight, lint

CATALOGUE = catalogue()
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ALIAS = "arn:aws:kms:eu-west-1:111122223333:alias/app"
SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db"
PARAMETER = "arn:aws:ssm:eu-west-1:111122223333:parameter/app/*"


def codes(*statements: dict[str, Any], kind: PolicyKind = PolicyKind.IDENTITY, version: str = "2012-10-17") -> list[str]:
    """Return the codes found, errors in capitals."""
    text = json.dumps({"Version": version, "Statement": [{"Effect": "Allow", **statement} for statement in statements]})
    return [found.code.upper() if found.weight is Weight.ERROR else found.code for found in lint(text, kind, CATALOGUE)]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Action": "kms:Decrypt", "Resource": KEY}, []),
        ({"Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": KEY}, []),
        ({"Action": "kms:ListKeys", "Resource": "*"}, ["wildcard-resource"]),
        ({"Action": "kms:Decrypt", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, []),
        ({"Action": "kms:Describe*", "Resource": KEY}, []),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}, []),
        ({"Action": "ssm:*", "Resource": PARAMETER}, ["wildcard-action", "privilege-escalation"]),
        ({"NotAction": "iam:*", "Resource": KEY}, ["not-action", "privilege-escalation", "privilege-escalation"]),
        ({"Action": "ssm:GetParameter", "NotResource": PARAMETER}, ["not-resource"]),
        ({"Action": "kms:Decript", "Resource": KEY}, ["UNKNOWN-ACTION"]),
        ({"Action": ["kms:Decript", "kms:Encrypt"], "Resource": KEY}, ["unknown-action"]),
        ({"Action": "kms:Encrypt*Data", "Resource": KEY}, ["UNKNOWN-ACTION"]),
        ({"Action": "kms:Decrypt", "Resource": SECRET + "-??????"}, ["WRONG-RESOURCE"]),
        ({"Action": ["kms:Decrypt", "secretsmanager:GetSecretValue"], "Resource": SECRET + "-??????"}, ["wrong-resource"]),
        ({"Action": "kms:CreateKey", "Resource": KEY}, ["WRONG-RESOURCE"]),
        ({"Action": "kms:Decrypt", "Resource": ALIAS}, ["WRONG-RESOURCE"]),
        ({"Action": "kms:UpdateAlias", "Resource": ALIAS}, []),
        ({"Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111122223333:role/app"}, []),
        ({"Action": "secretsmanager:GetSecretValue", "Resource": SECRET}, ["IMPOSSIBLE-RESOURCE"]),
        ({"Action": "secretsmanager:GetSecretValue", "Resource": SECRET + "-a1B2c3"}, []),
        ({"Action": "secretsmanager:GetSecretValue", "Resource": [SECRET, SECRET + "-*"]}, ["impossible-resource"]),
        ({"Action": "ssm:GetParameter", "Resource": PARAMETER.replace("/app", "//app")}, ["IMPOSSIBLE-RESOURCE"]),
        ({"Action": "kms:Decrypt", "Resource": KEY, "Condition": {"StringEquals": {"aws:PrincipleTag/a": "b"}}}, ["UNKNOWN-KEY"]),
        ({"Action": "kms:Decrypt", "Resource": KEY, "Condition": {"StringEquals": {"aws:PrincipalTag/a": "b"}}}, []),
        ({"Action": "kms:Decrypt", "Resource": KEY, "Condition": {"StringNotEquals": {"aws:SourceVpc": "b"}}}, []),
        ({"Action": "kms:Decrypt", "Resource": KEY, "Condition": {"StringEqualsIfExists": {"aws:SourceVpc": "b"}}}, []),
        ({"Action": "kms:Decrypt", "Resource": KEY, "Condition": {"StringEquals": {"aws:userid": []}}}, ["NO-VALUES"]),
        (
            {"Action": "kms:Decrypt", "Resource": KEY, "Condition": {"Null": {"aws:userid": "true"}, "StringLike": {"aws:userid": "*"}}},
            ["CONTRADICTION"],
        ),
        ({"Action": "sts:AssumeRole", "Resource": "*"}, ["wildcard-resource", "privilege-escalation"]),
        ({"Action": "iam:PutUserPolicy", "Resource": "arn:aws:iam::111122223333:user/me"}, ["privilege-escalation"]),
        ({"Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::111122223333:user/me"}, []),
        ({"Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::111122223333:user/*"}, ["privilege-escalation"]),
    ],
)
def test_each_statement_is_judged_by_what_it_says(statement: dict[str, Any], expected: list[str]) -> None:
    """Errors, in capitals, for a statement that never matches; warnings for a part that does not, and for too much."""
    assert codes(statement) == expected


def test_what_a_deny_takes_away_again_is_an_error() -> None:
    """Only where it takes everything, and has no condition."""
    allow = {"Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": KEY}
    assert codes(allow, {"Effect": "Deny", "Action": "kms:*crypt", "Resource": "*"}) == ["ALWAYS-DENIED"]
    assert codes(allow, {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}) == []
    assert codes(allow, {"Effect": "Deny", "Action": "*", "Resource": KEY}) == ["ALWAYS-DENIED"]
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "false"}}
    assert codes(allow, {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}) == []


def test_an_escalation_that_a_deny_closes_is_none() -> None:
    """And one that needs two actions is one only with both."""
    wide = {"Action": "iam:Put*", "Resource": "*", "Condition": {"StringEquals": {"aws:userid": "x"}}}
    assert codes(wide).count("privilege-escalation") == 5
    closed = {"Effect": "Deny", "Action": ["iam:PutUserPolicy", "iam:PutGroupPolicy"], "Resource": "*"}
    assert codes(wide, closed).count("privilege-escalation") == 3
    run = {"Action": "lambda:CreateFunction", "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:*"}
    give = {"Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/app"}
    assert "privilege-escalation" not in codes(run)
    assert codes(run, give) == ["privilege-escalation"]


def test_variables_of_the_old_version_are_pointed_out() -> None:
    """They are taken as they stand there."""
    statement = {"Action": "ssm:GetParameter", "Resource": PARAMETER.replace("*", "${aws:username}")}
    assert codes(statement) == []
    assert codes(statement, version="2008-10-17") == ["old-version"]


@pytest.mark.parametrize(
    ("kind", "statement", "expected"),
    [
        (PolicyKind.RESOURCE, {"Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}, ["public"]),
        (
            PolicyKind.RESOURCE,
            {
                "Principal": "*",
                "Action": "secretsmanager:GetSecretValue",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
            },
            [],
        ),
        (PolicyKind.RESOURCE, {"NotPrincipal": {"AWS": "111122223333"}, "Action": "ssm:GetParameter", "Resource": "*"}, ["not-principal"]),
        (PolicyKind.KEY, {"Principal": {"AWS": "111122223333"}, "Action": "kms:Decrypt", "Resource": "*"}, []),
        (PolicyKind.TRUST, {"Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}, ["public"]),
        (PolicyKind.TRUST, {"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}, []),
    ],
)
def test_policies_of_resources_are_judged_by_whom_they_let_in(kind: PolicyKind, statement: dict[str, Any], expected: list[str]) -> None:
    """`Resource: *` is the resource itself there."""
    assert codes(statement, kind=kind) == expected


def test_every_aws_managed_policy_can_be_reviewed() -> None:
    """None breaks the review, and none has a statement that never matches by its resources."""
    for policy in AWS_MANAGED_POLICIES.values():
        found = {finding.code for finding in lint(policy.document, PolicyKind.IDENTITY, CATALOGUE) if finding.weight is Weight.ERROR}
        assert not found & {"impossible-resource", "contradiction", "no-values", "always-denied"}


def test_what_is_no_policy_is_not_reviewed() -> None:
    """The grammar's own error comes first."""
    with pytest.raises(MalformedPolicy):
        lint("{}", PolicyKind.IDENTITY, CATALOGUE)
