"""Ways around policies that once were open."""

from typing import Any

import pytest
from tests.security.conftest import Ask, policy
from tests.security.in_process import InProcess, json_body, signed
from tests.support.clients import new_account

JSON = b"application/x-amz-json-1.1"
TEAMS = ("Team", "team")  # of these two, aws:RequestTag/team was answered by one and aws:ResourceTag/team by the other


class User:
    """An IAM user of an account, with one inline policy, that makes calls."""

    def __init__(self, node: InProcess, ask: Ask, account: str, *statements: dict[str, Any]) -> None:
        ask(account, "iam", "CreateUser", UserName="alice")
        ask(account, "iam", "PutUserPolicy", UserName="alice", PolicyName="given", PolicyDocument=policy(*statements))
        _, made = ask(account, "iam", "CreateAccessKey", UserName="alice")
        self.node, self.key = node, made["AccessKey"]

    def code(self, service: str, operation: str, **members: Any) -> str:
        """Return the error code of a call of a json service, or an empty text."""
        target = f"{self.node.model(service).target_prefix}.{operation}".encode()
        headers = {b"content-type": JSON, b"x-amz-target": target}
        request = signed(service, json_body(members), headers, self.key["AccessKeyId"], self.key["SecretAccessKey"])
        answer = self.node.send(request)
        return "" if answer.status == 200 else answer.body.decode().partition('"__type":"')[2].partition('"')[0]


def test_creating_a_secret_with_tags_or_replicas_takes_their_rights(node: InProcess, ask: Ask) -> None:
    """CreateSecret alone neither tags nor replicates."""
    alice = User(node, ask, new_account(), {"Effect": "Allow", "Action": ["secretsmanager:CreateSecret", "kms:*"], "Resource": "*"})
    made = {"ClientRequestToken": "0" * 32, "SecretString": "x"}
    assert alice.code("secretsmanager", "CreateSecret", Name="a", Tags=[{"Key": "a", "Value": "b"}], **made) == "AccessDeniedException"
    assert (
        alice.code("secretsmanager", "CreateSecret", Name="a", AddReplicaRegions=[{"Region": "us-west-2"}], **made)
        == "AccessDeniedException"
    )
    assert alice.code("secretsmanager", "CreateSecret", Name="a", **made) == ""


@pytest.mark.parametrize(
    ("service", "create", "tag"),
    [
        (
            "kms",
            ("CreateKey", {}),
            lambda made, key: ("TagResource", {"KeyId": made["KeyMetadata"]["KeyId"], "Tags": [{"TagKey": key, "TagValue": key}]}),
        ),
        (
            "secretsmanager",
            ("CreateSecret", {"Name": "a"}),
            lambda _, key: ("TagResource", {"SecretId": "a", "Tags": [{"Key": key, "Value": key}]}),
        ),
        (
            "ssm",
            ("PutParameter", {"Name": "a", "Value": "a", "Type": "String"}),
            lambda _, key: ("AddTagsToResource", {"ResourceType": "Parameter", "ResourceId": "a", "Tags": [{"Key": key, "Value": key}]}),
        ),
    ],
)
def test_tags_that_differ_by_case_only_are_refused(ask: Ask, service: str, create: tuple[str, dict[str, Any]], tag: Any) -> None:
    """Conditions ignore case, so one of them could answer for the request and the other for the resource."""
    account = new_account()
    code, made = ask(account, service, create[0], **create[1])
    assert code == ""
    answers = []
    for key in TEAMS:
        operation, members = tag(made, key)
        answers.append(ask(account, service, operation, **members)[0])
    assert (answers[0], bool(answers[1])) == ("", True)


def test_a_share_with_a_user_ends_with_the_user(node: InProcess, ask: Ask) -> None:
    """A user who is made anew under the same name is another one, for parameters as for keys, secrets and roles."""
    owner, other = new_account(), new_account()
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    first = User(node, ask, other, everything)
    ask(owner, "ssm", "PutParameter", Name="/a", Value="1", Type="String", Tier="Advanced")
    arn = f"arn:aws:ssm:eu-west-1:{owner}:parameter/a"
    alice = f"arn:aws:iam::{other}:user/alice"
    share = {"Effect": "Allow", "Principal": {"AWS": alice}, "Action": ["ssm:GetParameter", "ssm:GetParameters"], "Resource": arn}
    assert ask(owner, "ssm", "PutResourcePolicy", ResourceArn=arn, Policy=policy(share))[0] == ""
    assert first.code("ssm", "GetParameter", Name=arn) == ""
    _, shown = ask(owner, "ssm", "GetResourcePolicies", ResourceArn=arn)
    assert alice in shown["Policies"][0]["Policy"]
    ask(other, "iam", "DeleteAccessKey", UserName="alice", AccessKeyId=first.key["AccessKeyId"])
    ask(other, "iam", "DeleteUserPolicy", UserName="alice", PolicyName="given")
    assert ask(other, "iam", "DeleteUser", UserName="alice")[0] == ""
    assert User(node, ask, other, everything).code("ssm", "GetParameter", Name=arn) == "AccessDeniedException"
    gone = policy({**share, "Principal": {"AWS": f"arn:aws:iam::{other}:user/nobody"}})
    ask(owner, "ssm", "PutParameter", Name="/b", Value="1", Type="String", Tier="Advanced")
    code, _ = ask(owner, "ssm", "PutResourcePolicy", ResourceArn=f"arn:aws:ssm:eu-west-1:{owner}:parameter/b", Policy=gone)
    assert code == "MalformedResourcePolicyDocumentException"
