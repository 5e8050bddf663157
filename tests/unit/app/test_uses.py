"""From an event of the trail to the actions and resources that it needed."""

from typing import Any

import pytest

from strongroom.app.uses import is_by, uses_of
from strongroom.policy.generalise import Use

ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/app"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/a"
OTHER_KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/b"
ALIAS = f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/app"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:db-a1B2c3"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"


def event(service: str, name: str, *arns: str, via: str | None = None, **parameters: Any) -> dict[str, Any]:
    """Return a record."""
    return {
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "recipientAccountId": ACCOUNT,
        "userIdentity": {"arn": USER, **({"invokedBy": via} if via else {})},
        "requestParameters": parameters or None,
        "resources": [{"ARN": arn} for arn in arns],
    }


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (event("kms", "Encrypt", KEY), [("kms:Encrypt", KEY)]),
        (event("kms", "ListKeys"), [("kms:ListKeys", "*")]),
        (event("kms", "CreateKey"), [("kms:CreateKey", "*")]),
        (
            event("kms", "CreateKey", tags=[{"tagKey": "a"}]),
            [("kms:CreateKey", "*"), ("kms:TagResource", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/*")],
        ),
        (event("kms", "ReEncrypt", KEY, OTHER_KEY), [("kms:ReEncryptFrom", KEY), ("kms:ReEncryptTo", OTHER_KEY)]),
        (event("kms", "ReEncrypt", KEY), [("kms:ReEncryptFrom", KEY), ("kms:ReEncryptTo", KEY)]),
        (event("kms", "CreateAlias", KEY, aliasName="alias/app"), [("kms:CreateAlias", ALIAS), ("kms:CreateAlias", KEY)]),
        (event("kms", "ReplicateKey", KEY), [("kms:ReplicateKey", KEY), ("kms:CreateKey", "*")]),
        (event("secretsmanager", "GetSecretValue", SECRET), [("secretsmanager:GetSecretValue", SECRET)]),
        (event("secretsmanager", "CreateSecret", SECRET), [("secretsmanager:CreateSecret", SECRET[:-6] + "??????")]),
        (
            event("secretsmanager", "CreateSecret", SECRET, tags=[{}]),
            [("secretsmanager:CreateSecret", SECRET[:-6] + "??????"), ("secretsmanager:TagResource", SECRET[:-6] + "??????")],
        ),
        (
            event("secretsmanager", "BatchGetSecretValue", SECRET),
            [("secretsmanager:BatchGetSecretValue", "*"), ("secretsmanager:GetSecretValue", SECRET)],
        ),
        (
            event("ssm", "GetParametersByPath", path="/app/"),
            [("ssm:GetParametersByPath", f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/app")],
        ),
        (event("iam", "CreateUser", USER, tags=[{}]), [("iam:CreateUser", USER), ("iam:TagUser", USER)]),
        (
            event("iam", "AddRoleToInstanceProfile", f"arn:aws:iam::{ACCOUNT}:instance-profile/p", ROLE),
            [("iam:AddRoleToInstanceProfile", f"arn:aws:iam::{ACCOUNT}:instance-profile/p"), ("iam:PassRole", ROLE)],
        ),
        (event("sts", "AssumeRole", ROLE), [("sts:AssumeRole", ROLE)]),
        (event("sts", "AssumeRole", ROLE, tags=[{}]), [("sts:AssumeRole", ROLE), ("sts:TagSession", ROLE)]),
        (event("sts", "GetCallerIdentity"), []),
        (event("ec2", "RunInstances"), []),
    ],
)
def test_an_event_needs_these_actions(record: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """Those that the call was authorised for, on what it was authorised on."""
    assert [(use.action, use.resource) for use in uses_of(record)] == expected


def test_what_a_service_did_with_the_callers_rights_is_marked() -> None:
    """As kms:ViaService names it: with the Region."""
    assert list(uses_of(event("kms", "Decrypt", KEY, via="ssm.amazonaws.com"))) == [Use("kms:Decrypt", KEY, "ssm.eu-west-1.amazonaws.com")]


@pytest.mark.parametrize(("principal", "expected"), [(USER, True), (ROLE, False), (f"{USER}2", False)])
def test_a_user_is_known_by_its_arn(principal: str, expected: bool) -> None:  # noqa: FBT001 - a table
    """And nobody else."""
    assert is_by(event("kms", "Encrypt"), principal) is expected


def test_a_role_is_known_in_every_session_and_a_session_by_its_own_arn() -> None:
    """The session's issuer is the role."""
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one"
    record = {"userIdentity": {"arn": session, "sessionContext": {"sessionIssuer": {"arn": ROLE}}}}
    assert is_by(record, ROLE)
    assert is_by(record, session)
    assert not is_by(record, f"arn:aws:sts::{ACCOUNT}:assumed-role/app/two")
