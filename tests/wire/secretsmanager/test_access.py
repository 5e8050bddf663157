"""Who may do what: identity policies, condition keys, resource policies, tags."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.clients import Clients

Refusal = Callable[..., tuple[str, str]]
DENIED = "AccessDeniedException"


def statement(*actions: str, resource: str = "*", **more: Any) -> dict[str, object]:
    """Return a statement of an identity policy."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def arn_of(clients: Clients, ending: str) -> str:
    """Return the ARN of a secret in the account."""
    return f"arn:aws:secretsmanager:{clients.region}:{clients.account_id}:secret:{ending}"


def test_without_a_policy_nothing_is_allowed_and_nothing_is_learned(
    clients: Clients, make_user: Callable[..., Clients], refused: Refusal
) -> None:
    """A secret that is there and one that is not answer alike."""
    clients.secretsmanager.create_secret(Name="there", SecretString="x")
    user = make_user(clients).secretsmanager
    for name in ("there", "absent"):
        code, text = refused(user.get_secret_value, SecretId=name)
        assert code == DENIED
        assert "is not authorized to perform: secretsmanager:GetSecretValue" in text
        assert refused(user.delete_secret, SecretId=name, ForceDeleteWithoutRecovery=True)[0] == DENIED
    assert refused(user.create_secret, Name="new", SecretString="x")[0] == DENIED
    assert refused(user.list_secrets)[0] == DENIED
    assert refused(user.get_random_password)[0] == DENIED


def test_policies_name_secrets_by_prefix_and_by_six_question_marks(
    clients: Clients, make_user: Callable[..., Clients], refused: Refusal
) -> None:
    """Also before the secret exists."""
    user = make_user(
        clients,
        "alice",
        statement("secretsmanager:*", resource=arn_of(clients, "app/*")),
        statement("secretsmanager:GetSecretValue", resource=arn_of(clients, "one-??????")),
    ).secretsmanager
    user.create_secret(Name="app/db", SecretString="x")
    clients.secretsmanager.create_secret(Name="one", SecretString="1")
    clients.secretsmanager.create_secret(Name="one-more", SecretString="2")
    assert user.get_secret_value(SecretId="one")["SecretString"] == "1"
    assert refused(user.get_secret_value, SecretId="one-more")[0] == DENIED
    assert refused(user.create_secret, Name="other", SecretString="x")[0] == DENIED


@pytest.mark.parametrize(
    ("condition", "operation", "allowed", "denied"),
    [
        ({"secretsmanager:VersionStage": "AWSCURRENT"}, "get_secret_value", {}, {"VersionStage": "AWSPREVIOUS"}),
        ({"secretsmanager:ResourceTag/team": "red"}, "get_secret_value", {}, {"SecretId": "blue"}),
        ({"aws:ResourceTag/team": "red"}, "describe_secret", {}, {"SecretId": "blue"}),
        ({"secretsmanager:RecoveryWindowInDays": "30"}, "delete_secret", {"RecoveryWindowInDays": 30}, {"RecoveryWindowInDays": 7}),
        (
            {"secretsmanager:ForceDeleteWithoutRecovery": "false"},
            "delete_secret",
            {"ForceDeleteWithoutRecovery": False},
            {"ForceDeleteWithoutRecovery": True},
        ),
        ({"secretsmanager:Description": "good"}, "update_secret", {"Description": "good"}, {"Description": "bad"}),
        ({"aws:RequestTag/x": "y"}, "tag_resource", {"Tags": [{"Key": "x", "Value": "y"}]}, {"Tags": [{"Key": "x", "Value": "z"}]}),
        (
            {"secretsmanager:BlockPublicPolicy": "true"},
            "put_resource_policy",
            {"BlockPublicPolicy": True, "ResourcePolicy": "{}"},
            {"ResourcePolicy": "{}"},
        ),
    ],
)
def test_condition_keys_decide(
    clients: Clients,
    make_user: Callable[..., Clients],
    refused: Refusal,
    condition: dict[str, str],
    operation: str,
    allowed: dict[str, Any],
    denied: dict[str, Any],
) -> None:
    """Each key allows one request and denies another."""
    for name in ("red", "blue"):
        clients.secretsmanager.create_secret(Name=name, SecretString="x", Tags=[{"Key": "team", "Value": name}])
    user = make_user(clients, "alice", statement("secretsmanager:*", Condition={"StringEquals": condition})).secretsmanager
    method = getattr(user, operation)
    code, text = refused(method, **{"SecretId": "red", **denied})
    assert (code, "is not authorized to perform" in text) == (DENIED, True)
    if allowed.get("ResourcePolicy"):
        assert refused(method, SecretId="red", **allowed)[0] == "MalformedPolicyDocumentException"
    else:
        method(SecretId="red", **allowed)


def test_create_is_held_to_its_name_tags_and_key(clients: Clients, make_user: Callable[..., Clients], refused: Refusal) -> None:
    """The condition keys of CreateSecret."""
    condition = {"StringEquals": {"secretsmanager:Name": "n", "aws:RequestTag/team": "red"}, "Null": {"secretsmanager:KmsKeyId": "true"}}
    tagging = statement("secretsmanager:TagResource")
    user = make_user(clients, "alice", statement("secretsmanager:CreateSecret", Condition=condition), tagging).secretsmanager
    tags: Any = [{"Key": "team", "Value": "red"}]
    assert refused(user.create_secret, Name="n", SecretString="x")[0] == DENIED
    assert refused(user.create_secret, Name="m", SecretString="x", Tags=tags)[0] == DENIED
    assert refused(user.create_secret, Name="n", SecretString="x", Tags=tags, KmsKeyId="alias/aws/secretsmanager")[0] == DENIED
    user.create_secret(Name="n", SecretString="x", Tags=tags)


def test_a_batch_reads_only_what_the_caller_may_read(clients: Clients, make_user: Callable[..., Clients], refused: Refusal) -> None:
    """BatchGetSecretValue is not GetSecretValue, and filters need ListSecrets too."""
    for name in ("a", "b"):
        clients.secretsmanager.create_secret(Name=name, SecretString=name)
    user = make_user(
        clients,
        "alice",
        statement("secretsmanager:BatchGetSecretValue"),
        statement("secretsmanager:GetSecretValue", resource=arn_of(clients, "a-??????")),
    ).secretsmanager
    batch = user.batch_get_secret_value(SecretIdList=["a", "b"])
    assert [each["SecretString"] for each in batch["SecretValues"]] == ["a"]
    assert [(each["SecretId"], each["ErrorCode"]) for each in batch["Errors"]] == [("b", DENIED)]
    code, text = refused(user.batch_get_secret_value, Filters=[{"Key": "name", "Values": ["a"]}])
    assert (code, "secretsmanager:ListSecrets" in text) == (DENIED, True)


def test_a_resource_policy_is_stored_shown_and_removed(clients: Clients, policy_for: Callable[..., str]) -> None:
    """As it was given."""
    sm: Any = clients.secretsmanager
    arn = sm.create_secret(Name="n", SecretString="x")["ARN"]
    empty = sm.get_resource_policy(SecretId="n")
    assert (empty["ARN"], empty["Name"], "ResourcePolicy" in empty) == (arn, "n", False)
    assert sm.list_resource_policies(SecretId="n")["ResourcePolicies"] == []
    policy = policy_for(f"arn:aws:iam::{clients.account_id}:root", "secretsmanager:GetSecretValue")
    put = sm.put_resource_policy(SecretId="n", ResourcePolicy=policy, BlockPublicPolicy=True)
    assert (put["ARN"], put["Name"]) == (arn, "n")
    assert sm.get_resource_policy(SecretId="n")["ResourcePolicy"] == policy
    assert sm.list_resource_policies(SecretId="n")["ResourcePolicies"] == [{"PolicyName": "default"}]
    sm.delete_resource_policy(SecretId="n")
    assert "ResourcePolicy" not in sm.get_resource_policy(SecretId="n")


def test_a_resource_policy_grants_and_denies(
    clients: Clients, make_user: Callable[..., Clients], refused: Refusal, policy_for: Callable[..., str]
) -> None:
    """In the account's own, one allow is enough, and a deny beats it."""
    sm = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="x")
    user = make_user(clients, "alice").secretsmanager
    alice = f"arn:aws:iam::{clients.account_id}:user/alice"
    sm.put_resource_policy(SecretId="n", ResourcePolicy=policy_for(alice, "secretsmanager:GetSecretValue"))
    assert user.get_secret_value(SecretId="n")["SecretString"] == "x"
    sm.put_resource_policy(SecretId="n", ResourcePolicy=policy_for(alice, "secretsmanager:GetSecretValue", effect="Deny"))
    code, text = refused(user.get_secret_value, SecretId="n")
    assert (code, "with an explicit deny in a resource-based policy" in text) == (DENIED, True)


def test_a_user_made_anew_does_not_inherit_what_the_old_one_was_given(
    clients: Clients, make_user: Callable[..., Clients], refused: Refusal, policy_for: Callable[..., str]
) -> None:
    """The policy holds unique ids: it shows the ARN of a user that exists, and the id of one that is gone."""
    sm: Any = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="x")
    alice = f"arn:aws:iam::{clients.account_id}:user/alice"
    user = make_user(clients, "alice")
    sm.put_resource_policy(SecretId="n", ResourcePolicy=policy_for(alice, "secretsmanager:GetSecretValue"))
    assert alice in sm.get_resource_policy(SecretId="n")["ResourcePolicy"]
    clients.iam.delete_access_key(UserName="alice", AccessKeyId=user.access_key_id)
    clients.iam.delete_user(UserName="alice")
    assert "AIDA" in sm.get_resource_policy(SecretId="n")["ResourcePolicy"]
    again = make_user(clients, "alice").secretsmanager
    assert refused(again.get_secret_value, SecretId="n")[0] == DENIED


def test_bad_public_and_locking_policies_are_refused(clients: Clients, refused: Refusal, policy_for: Callable[..., str]) -> None:
    """Each by its own error; the old policy stays."""
    sm: Any = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="x")
    put = sm.put_resource_policy
    assert refused(put, SecretId="n", ResourcePolicy="{") == (
        "MalformedPolicyDocumentException",
        "This resource policy contains invalid Json",
    )
    public = policy_for("*", "secretsmanager:GetSecretValue")
    assert refused(put, SecretId="n", ResourcePolicy=public, BlockPublicPolicy=True)[0] == "PublicPolicyException"
    locking = policy_for("*", "secretsmanager:*", effect="Deny")
    assert refused(put, SecretId="n", ResourcePolicy=locking)[0] == "MalformedPolicyDocumentException"
    nobody = policy_for(f"arn:aws:iam::{clients.account_id}:user/nobody", "secretsmanager:GetSecretValue")
    assert refused(put, SecretId="n", ResourcePolicy=nobody) == (
        "MalformedPolicyDocumentException",
        "This resource policy contains an unsupported principal.",
    )
    assert refused(put, SecretId="n", ResourcePolicy=public, PolicyName="other")[0] == "InvalidParameterException"
    assert refused(sm.delete_resource_policy, SecretId="n", PolicyName="other")[0] == "InvalidParameterException"
    assert "ResourcePolicy" not in sm.get_resource_policy(SecretId="n")
    put(SecretId="n", ResourcePolicy=public)  # public policies are not blocked by default


def test_validation_says_what_would_be_refused(clients: Clients, refused: Refusal, policy_for: Callable[..., str]) -> None:
    """Public access and a lock-out by name, bad grammar by the error."""
    sm = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="x")
    good = policy_for(f"arn:aws:iam::{clients.account_id}:root", "secretsmanager:*")
    assert sm.validate_resource_policy(ResourcePolicy=good)["PolicyValidationPassed"]
    public = sm.validate_resource_policy(ResourcePolicy=policy_for("*", "secretsmanager:*"))
    assert (public["PolicyValidationPassed"], public["ValidationErrors"][0]["CheckName"]) == (False, "PUBLIC_ACCESS")
    locking = sm.validate_resource_policy(SecretId="n", ResourcePolicy=policy_for("*", "secretsmanager:*", effect="Deny"))
    assert [each["CheckName"] for each in locking["ValidationErrors"]] == ["LOCK_OUT"]
    assert refused(sm.validate_resource_policy, ResourcePolicy=json.dumps({"Statement": 1}))[0] == "MalformedPolicyDocumentException"


def test_tags_are_added_changed_and_removed(clients: Clients) -> None:
    """Keys keep their case."""
    sm = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="x", Tags=[{"Key": "a", "Value": "1"}])
    sm.tag_resource(SecretId="n", Tags=[{"Key": "a", "Value": "2"}, {"Key": "B", "Value": "3"}])
    assert sm.describe_secret(SecretId="n")["Tags"] == [{"Key": "a", "Value": "2"}, {"Key": "B", "Value": "3"}]
    sm.untag_resource(SecretId="n", TagKeys=["a", "B", "absent"])
    assert "Tags" not in sm.describe_secret(SecretId="n")


def test_tags_have_limits(clients: Clients, refused: Refusal) -> None:
    """Fifty, each key once, none of AWS's own."""
    sm = clients.secretsmanager
    fifty: Any = [{"Key": str(number), "Value": ""} for number in range(50)]
    one: Any = [{"Key": "more", "Value": ""}]
    sm.create_secret(Name="n", SecretString="x", Tags=fifty)
    assert refused(sm.tag_resource, SecretId="n", Tags=one)[0] == "InvalidParameterException"
    assert refused(sm.create_secret, Name="m", Tags=fifty + one)[0] == "LimitExceededException"
    assert refused(sm.create_secret, Name="m", Tags=one + one)[0] == "InvalidParameterException"
    assert refused(sm.create_secret, Name="m", Tags=[{"Key": "aws:x", "Value": ""}])[0] == "InvalidParameterException"


def test_nobody_tags_themselves_out(clients: Clients, make_user: Callable[..., Clients], refused: Refusal) -> None:
    """A change of tags that takes the caller's own right away is refused."""
    condition = {"StringEquals": {"aws:ResourceTag/team": "red"}}
    user = make_user(clients, "alice", statement("secretsmanager:*", Condition=condition)).secretsmanager
    clients.secretsmanager.create_secret(Name="n", SecretString="x", Tags=[{"Key": "team", "Value": "red"}])
    assert refused(user.tag_resource, SecretId="n", Tags=[{"Key": "team", "Value": "blue"}])[0] == DENIED
    assert refused(user.untag_resource, SecretId="n", TagKeys=["team"])[0] == DENIED
    user.tag_resource(SecretId="n", Tags=[{"Key": "other", "Value": "x"}])
    assert {"Key": "team", "Value": "red"} in clients.secretsmanager.describe_secret(SecretId="n")["Tags"]
