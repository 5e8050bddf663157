"""Ways out of session policies and boundaries, and credentials mixed from several: each one is closed."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.clients import Clients

Make = Callable[..., Any]
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def document(*statements: dict[str, Any]) -> str:
    """Return a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trusting(*arns: str, **more: Any) -> str:
    """Return a trust policy."""
    return document({"Effect": "Allow", "Principal": {"AWS": list(arns)}, "Action": "sts:AssumeRole", **more})


def code_of(call: Callable[..., Any], **parameters: Any) -> str:
    """Return the code that a call is refused with."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return str(caught.value.response["Error"]["Code"])


@pytest.fixture
def session_of(clients: Clients) -> Iterator[Callable[..., Clients]]:
    """Makes clients with the credentials of an STS answer, or with any others."""
    with ExitStack() as stack:

        def make(credentials: dict[str, Any], **changes: str) -> Clients:
            given = {**credentials, **changes}
            made = Clients(clients.url, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
            stack.callback(made.close)
            return made

        yield make


def test_a_session_does_not_escape_its_session_policy(clients: Clients, make_user: Make, session_of: Callable[..., Clients]) -> None:
    """Neither by a new session of the same role, nor by rewriting the role, nor by a key of its own."""
    user = make_user(clients, "starter", EVERYTHING)
    role = clients.iam.create_role(RoleName="wide", AssumeRolePolicyDocument=trusting(clients.account_id))["Role"]["Arn"]
    clients.iam.put_role_policy(RoleName="wide", PolicyName="all", PolicyDocument=document(EVERYTHING))
    narrow = document({"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"})
    made = user.sts.assume_role(RoleArn=role, RoleSessionName="narrow", Policy=narrow)["Credentials"]
    session = session_of(made)
    assert session.kms.list_keys()["Keys"] == []
    assert code_of(session.sts.assume_role, RoleArn=role, RoleSessionName="again") == "AccessDenied"
    assert code_of(session.iam.put_role_policy, RoleName="wide", PolicyName="b", PolicyDocument=document(EVERYTHING)) == "AccessDenied"
    assert code_of(session.iam.create_access_key, UserName="starter") == "AccessDenied"
    assert code_of(session.sts.get_session_token) == "AccessDenied"
    assert code_of(session.secretsmanager.list_secrets) == "AccessDeniedException"


def test_nobody_climbs_over_a_permissions_boundary(clients: Clients, make_user: Make) -> None:
    """With every right inside it, a user can neither take the boundary away nor make another user without one."""
    own = {
        "Effect": "Allow",
        "Action": ["iam:CreateUser", "iam:PutUserPolicy", "iam:AttachUserPolicy", "iam:CreateAccessKey"],
        "Resource": "*",
    }
    arn = clients.iam.create_policy(PolicyName="edge", PolicyDocument=document(own))["Policy"]["Arn"]
    with_it = {"StringEquals": {"iam:PermissionsBoundary": arn}}
    own_only = document({**own, "Condition": with_it}, {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"})
    version = clients.iam.create_policy_version(PolicyArn=arn, PolicyDocument=own_only, SetAsDefault=True)
    assert version["PolicyVersion"]["IsDefaultVersion"]
    user = make_user(clients, "bounded", EVERYTHING)
    clients.iam.put_user_permissions_boundary(UserName="bounded", PermissionsBoundary=arn)
    user.ssm.put_parameter(Name="inside", Value="x", Type="String")
    assert code_of(user.kms.list_keys) == "AccessDeniedException"
    assert code_of(user.iam.delete_user_permissions_boundary, UserName="bounded") == "AccessDenied"
    assert code_of(user.iam.create_policy_version, PolicyArn=arn, PolicyDocument=document(EVERYTHING), SetAsDefault=True) == "AccessDenied"
    assert code_of(user.iam.create_user, UserName="unbounded") == "AccessDenied"
    assert user.iam.create_user(UserName="child", PermissionsBoundary=arn)["User"]["UserName"] == "child"
    user.iam.attach_user_policy(UserName="bounded", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    assert code_of(user.kms.list_keys) == "AccessDeniedException"


def _flipped(token: str) -> str:
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[len(raw) // 2] ^= 1
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "change",
    [
        lambda own, _: {"SessionToken": _flipped(own["SessionToken"])},
        lambda own, _: {"SessionToken": own["SessionToken"][:-4]},
        lambda own, _: {"SessionToken": own["SessionToken"] + "AAAA"},
        lambda _, other: {"SessionToken": other["SessionToken"]},
        lambda _, other: {"AccessKeyId": other["AccessKeyId"]},
        lambda _, other: {"AccessKeyId": other["AccessKeyId"], "SessionToken": other["SessionToken"]},
        lambda _, other: {"SecretAccessKey": other["SecretAccessKey"]},
        lambda *_: {"SessionToken": base64.urlsafe_b64encode(b"{}" * 80).decode()},
        lambda *_: {"AccessKeyId": "ASIAAAAAAAAAAAAAAAAA"},
    ],
)
def test_session_tokens_that_are_forged_altered_or_of_another_account_open_nothing(
    clients: Clients, make_account: Make, session_of: Callable[..., Clients], change: Callable[..., dict[str, str]]
) -> None:
    """Whatever is mixed from two accounts' good credentials is nobody's."""
    own = dict(clients.sts.get_session_token()["Credentials"])
    other = dict(make_account().sts.get_session_token()["Credentials"])
    assert session_of(own).sts.get_caller_identity()["Account"] == clients.account_id
    code = code_of(session_of(own, **change(own, other)).sts.get_caller_identity)
    assert code in {"InvalidClientTokenId", "SignatureDoesNotMatch"}


def test_a_pagination_or_other_token_of_the_server_is_no_session(clients: Clients, session_of: Callable[..., Clients]) -> None:
    """Every token is sealed for one purpose."""
    for name in ("a", "b"):
        clients.ssm.put_parameter(Name=name, Value="x", Type="String")
    token = clients.ssm.describe_parameters(MaxResults=1)["NextToken"]
    own = dict(clients.sts.get_session_token()["Credentials"])
    assert code_of(session_of(own, SessionToken=token).sts.get_caller_identity) == "InvalidClientTokenId"
