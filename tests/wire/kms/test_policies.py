"""Key policies over the wire: the root of trust of each key."""

import json
from typing import Any

import pytest
from tests.support.clients import Clients
from tests.wire.kms.support import account_policy, allow, document, make_key, refused, root

LOCKOUT = "The new key policy will not allow you to update the key policy in the future."
INVALID_PRINCIPAL = "Policy contains a statement with one or more invalid principals."


def test_the_default_policy_lets_the_account_decide(clients: Clients) -> None:
    """It is shown in AWS's own layout."""
    key = make_key(clients.kms)
    shown = clients.kms.get_key_policy(KeyId=key)
    assert json.loads(shown["Policy"]) == {
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [
            {
                "Sid": "Enable IAM User Permissions",
                "Effect": "Allow",
                "Principal": {"AWS": root(clients.account_id)},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
    assert '"Version" : "2012-10-17"' in shown["Policy"]
    assert shown["PolicyName"] == "default"
    assert clients.kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]


def test_there_is_one_policy_name(clients: Clients) -> None:
    """Any other is not found."""
    key = make_key(clients.kms)
    with refused("NotFoundException", "No such policy exists"):
        clients.kms.get_key_policy(KeyId=key, PolicyName="other")


def test_a_policy_that_locks_its_author_out_is_refused_unless_asked_for(clients: Clients, make_user: Any) -> None:
    """On PutKeyPolicy and on CreateKey; bypassed, it takes effect."""
    make_user(clients, "alice")
    policy = document(allow(f"arn:aws:iam::{clients.account_id}:user/alice"))
    key = make_key(clients.kms)
    with refused("MalformedPolicyDocumentException", LOCKOUT):
        clients.kms.put_key_policy(KeyId=key, Policy=policy)
    with refused("MalformedPolicyDocumentException", LOCKOUT):
        clients.kms.create_key(Policy=policy)
    clients.kms.put_key_policy(KeyId=key, Policy=policy, BypassPolicyLockoutSafetyCheck=True)
    with refused("AccessDeniedException"):
        clients.kms.describe_key(KeyId=key)


def test_principals_must_exist(clients: Clients) -> None:
    """Users, roles and what is no principal at all."""
    key = make_key(clients.kms)
    for principal in (f"arn:aws:iam::{clients.account_id}:user/nobody", f"arn:aws:iam::{clients.account_id}:role/nobody"):
        with refused("MalformedPolicyDocumentException", INVALID_PRINCIPAL):
            clients.kms.put_key_policy(KeyId=key, Policy=account_policy(clients, allow(principal)))


@pytest.mark.parametrize("policy", ["not json", "{}", '{"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]}'])
def test_a_malformed_policy_is_refused(clients: Clients, policy: str) -> None:
    """Whatever is wrong with it."""
    with refused("MalformedPolicyDocumentException"):
        clients.kms.put_key_policy(KeyId=make_key(clients.kms), Policy=policy)


def test_a_policy_has_32_kilobytes(clients: Clients) -> None:
    """The model would take more."""
    with refused("LimitExceededException"):
        clients.kms.put_key_policy(KeyId=make_key(clients.kms), Policy=account_policy(clients, allow("*", Sid="x" * 33_000)))


def test_a_user_made_anew_inherits_nothing(clients: Clients, make_user: Any) -> None:
    """The policy keeps the one it was written for, and shows its id once that is gone."""
    user = make_user(clients, "bob")
    arn = f"arn:aws:iam::{clients.account_id}:user/bob"
    unique_id = clients.iam.get_user(UserName="bob")["User"]["UserId"]
    key = make_key(clients.kms, Policy=account_policy(clients, allow(arn, "kms:DescribeKey")))
    assert json.loads(clients.kms.get_key_policy(KeyId=key)["Policy"])["Statement"][1]["Principal"] == {"AWS": arn}
    user.kms.describe_key(KeyId=key)
    for access_key in clients.iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]:
        clients.iam.delete_access_key(UserName="bob", AccessKeyId=access_key["AccessKeyId"])
    clients.iam.delete_user(UserName="bob")
    again = make_user(clients, "bob")
    assert json.loads(clients.kms.get_key_policy(KeyId=key)["Policy"])["Statement"][1]["Principal"] == {"AWS": unique_id}
    with refused("AccessDeniedException"):
        again.kms.describe_key(KeyId=key)


def test_iam_counts_only_where_the_key_policy_delegates(clients: Clients, make_user: Any) -> None:
    """A user with every right in IAM can't use a key whose policy does not name the account."""
    admin = make_user(clients, "admin", {"Effect": "Allow", "Action": "kms:*", "Resource": "*"})
    keeper = make_user(clients, "keeper")
    delegating = make_key(clients.kms)
    admin.kms.encrypt(KeyId=delegating, Plaintext=b"x")
    with refused("AccessDeniedException"):
        keeper.kms.encrypt(KeyId=delegating, Plaintext=b"x")
    closed = document(allow(f"arn:aws:iam::{clients.account_id}:user/keeper"))
    clients.kms.put_key_policy(KeyId=delegating, Policy=closed, BypassPolicyLockoutSafetyCheck=True)
    keeper.kms.encrypt(KeyId=delegating, Plaintext=b"x")
    with refused("AccessDeniedException"):
        admin.kms.encrypt(KeyId=delegating, Plaintext=b"x")


def test_another_account_needs_both_policies(clients: Clients, make_account: Any, make_user: Any) -> None:
    """The key's, and its own; and it never administers the key."""
    other = make_account()
    able = make_user(other, "able", {"Effect": "Allow", "Action": "kms:*", "Resource": "*"})
    bare = make_user(other, "bare")
    key = make_key(clients.kms)
    with refused("AccessDeniedException"):
        able.kms.encrypt(KeyId=key, Plaintext=b"x")
    clients.kms.put_key_policy(KeyId=key, Policy=account_policy(clients, allow(root(other.account_id))))
    assert able.kms.encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key
    assert able.kms.describe_key(KeyId=key)["KeyMetadata"]["AWSAccountId"] == clients.account_id
    with refused("AccessDeniedException"):
        bare.kms.encrypt(KeyId=key, Plaintext=b"x")
    with refused("AccessDeniedException"):
        able.kms.disable_key(KeyId=key)
    with refused("AccessDeniedException"):
        able.kms.get_key_policy(KeyId=key)


def test_nobody_learns_which_keys_another_account_has(clients: Clients, make_account: Any) -> None:
    """A key that exists and one that does not look alike."""
    stranger = make_account()
    key = make_key(clients.kms)
    missing = key[:-4] + "0000"
    for arn in (key, missing):
        with refused("AccessDeniedException"):
            stranger.kms.encrypt(KeyId=arn, Plaintext=b"x")


@pytest.mark.parametrize(
    ("condition", "context", "allowed"),
    [
        ({"StringEquals": {"kms:EncryptionContext:Team": "a"}}, {"Team": "a"}, True),
        ({"StringEquals": {"kms:EncryptionContext:Team": "a"}}, {"team": "a"}, True),
        ({"StringEquals": {"kms:EncryptionContext:Team": "a"}}, {"Team": "b"}, False),
        ({"StringEquals": {"kms:EncryptionContext:Team": "a"}}, {}, False),
        ({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["Team"]}}, {"Team": "x", "Other": "y"}, False),
        ({"StringEquals": {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}}, {}, True),
        ({"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT", "kms:KeyOrigin": "AWS_KMS", "kms:KeyUsage": "ENCRYPT_DECRYPT"}}, {}, True),
        ({"Bool": {"kms:MultiRegion": "true"}}, {}, False),
        ({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/app"}}, {}, True),
        ({"StringEquals": {"kms:RequestAlias": "alias/app"}}, {}, True),
        ({"StringEquals": {"kms:RequestAlias": "alias/other"}}, {}, False),
        ({"StringEquals": {"aws:ResourceTag/stage": "prod"}}, {}, True),
        ({"StringEquals": {"kms:CallerAccount": "000000000000"}}, {}, False),
        ({"Null": {"kms:ViaService": "true"}}, {}, True),
    ],
)
def test_condition_keys_decide(clients: Clients, make_user: Any, condition: Any, context: dict[str, str], *, allowed: bool) -> None:
    """Of the request, of the key, and defaulted ones."""
    user = make_user(clients, "alice", {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*", "Condition": condition})
    key = make_key(clients.kms, Tags=[{"TagKey": "stage", "TagValue": "prod"}])
    clients.kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    if allowed:
        user.kms.encrypt(KeyId="alias/app", Plaintext=b"x", EncryptionContext=context)
        return
    with refused("AccessDeniedException"):
        user.kms.encrypt(KeyId="alias/app", Plaintext=b"x", EncryptionContext=context)


def test_tagging_a_new_key_takes_the_right_to_tag(clients: Clients, make_user: Any) -> None:
    """kms:CreateKey alone makes untagged keys."""
    user = make_user(clients, "maker", {"Effect": "Allow", "Action": "kms:CreateKey", "Resource": "*"})
    user.kms.create_key()
    with refused("AccessDeniedException"):
        user.kms.create_key(Tags=[{"TagKey": "a", "TagValue": "b"}])
