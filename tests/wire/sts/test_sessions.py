"""STS through boto3: sessions that other services believe, and tokens that none does."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.clients import Clients
from tests.wire.sts.support import document, role

Make = Callable[..., Clients]


def test_a_role_session_works_in_other_services(clients: Clients, make_user: Make, with_credentials: Make) -> None:
    """With the role's rights, under the session's name."""
    alice = make_user(clients)
    arn = role(clients, "ops", f"arn:aws:iam::{clients.account_id}:user/alice", {"Effect": "Allow", "Action": "kms:List*", "Resource": "*"})
    answer = alice.sts.assume_role(RoleArn=arn, RoleSessionName="s1", Tags=[{"Key": "team", "Value": "red"}], SourceIdentity="al")
    assert answer["SourceIdentity"] == "al"
    assert "PackedPolicySize" in answer
    session = with_credentials(clients, answer["Credentials"])
    session.kms.list_keys()
    with pytest.raises(ClientError) as refused:
        session.kms.create_key()
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    assert f"arn:aws:sts::{clients.account_id}:assumed-role/ops/s1 is not authorized" in refused.value.response["Error"]["Message"]
    assert session.sts.get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"]


@pytest.mark.parametrize("spoil", ["token", "swap", "none", "secret", "key"])
def test_a_spoilt_session_is_refused(clients: Clients, with_credentials: Make, spoil: str) -> None:
    """Altered tokens, another session's token, no token, another secret, another key id."""
    made, other = (dict[str, Any](clients.sts.get_session_token()["Credentials"]) for _ in range(2))
    code = "InvalidClientTokenId"
    if spoil == "token":
        made["SessionToken"] = made["SessionToken"][:-8] + "AAAAAAAA"
    elif spoil == "swap":
        made["SessionToken"] = other["SessionToken"]
    elif spoil == "none":
        made["SessionToken"] = None
    elif spoil == "secret":
        made["SecretAccessKey"], code = other["SecretAccessKey"], "SignatureDoesNotMatch"
    else:
        made["AccessKeyId"] = other["AccessKeyId"]
    session = with_credentials(clients, made)
    with pytest.raises(ClientError) as refused:
        session.sts.get_caller_identity()
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_deleting_a_role_ends_its_sessions(clients: Clients, make_user: Make, with_credentials: Make) -> None:
    """The next request is refused."""
    alice = make_user(clients)
    arn = role(clients, "ops", f"arn:aws:iam::{clients.account_id}:user/alice")
    session = with_credentials(clients, alice.sts.assume_role(RoleArn=arn, RoleSessionName="s1")["Credentials"])
    session.sts.get_caller_identity()
    clients.iam.delete_role(RoleName="ops")
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        session.sts.get_caller_identity()


def test_a_role_of_another_account_is_assumed(clients: Clients, make_user: Make, make_account: Make, with_credentials: Make) -> None:
    """And acts in that account."""
    there = make_account()
    alice = make_user(clients, "alice", {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})
    arn = role(there, "guest", clients.account_id, {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"})
    there.iam.create_user(UserName="resident")
    session = with_credentials(there, alice.sts.assume_role(RoleArn=arn, RoleSessionName="s1")["Credentials"])
    assert [user["UserName"] for user in session.iam.list_users()["Users"]] == ["resident"]
    stranger = make_user(make_account(), "alice", {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})
    with pytest.raises(ClientError) as refused:
        stranger.sts.assume_role(RoleArn=arn, RoleSessionName="s1")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_federated_user_has_the_smaller_rights(clients: Clients, with_credentials: Make) -> None:
    """Of the root user and of the session policy."""
    policy = document({"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"})
    answer = clients.sts.get_federation_token(Name="bob", Policy=policy)
    bob = with_credentials(clients, answer["Credentials"])
    bob.kms.list_keys()
    with pytest.raises(ClientError, match="no session policy allows the kms:ListAliases action"):
        bob.kms.list_aliases()
    assert clients.sts.get_federation_token(Name="bob")["PackedPolicySize"] == 0


@pytest.mark.parametrize(
    ("more", "code", "text"),
    [
        ({"RoleArn": "nothing-valid-in-here"}, "ValidationError", "nothing-valid-in-here is invalid"),
        (
            {"RoleSessionName": "Session1:2"},
            "ValidationError",
            (
                "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: "
                r"Member must satisfy regular expression pattern: [\w+=,.@-]*"
            ),
        ),
        (
            {"Tags": [{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}]},
            "InvalidParameterValue",
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ),
        (
            {"TransitiveTagKeys": ["a"]},
            "InvalidParameterValue",
            "The specified transitive tag key must be included in the requested tags.",
        ),
        ({"Policy": "{"}, "MalformedPolicyDocument", "This policy contains invalid Json"),
        (
            {"DurationSeconds": 3601},
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ),
    ],
)
def test_a_bad_assume_role_is_refused_in_awss_words(clients: Clients, make_user: Make, more: dict[str, Any], code: str, text: str) -> None:
    """One row for each."""
    alice = make_user(clients)
    arn = role(clients, "ops", f"arn:aws:iam::{clients.account_id}:user/alice")
    with pytest.raises(ClientError) as refused:
        alice.sts.assume_role(**{"RoleArn": arn, "RoleSessionName": "s1"} | more)
    assert (refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]) == (code, text)


def test_a_missing_role_and_a_closed_one_are_denied_alike(clients: Clients, make_user: Make) -> None:
    """AccessDenied, never NoSuchEntity."""
    alice = make_user(clients, "alice", {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})
    clients.iam.create_user(UserName="bob")
    role(clients, "closed", f"arn:aws:iam::{clients.account_id}:user/bob")
    texts = set()
    for name in ("closed", "ghost"):
        with pytest.raises(ClientError) as refused:
            alice.sts.assume_role(RoleArn=f"arn:aws:iam::{clients.account_id}:role/{name}", RoleSessionName="s1")
        assert refused.value.response["Error"]["Code"] == "AccessDenied"
        texts.add(refused.value.response["Error"]["Message"].replace(name, "NAME"))
    assert len(texts) == 1
    with pytest.raises(ClientError, match="Roles may not be assumed by root accounts"):
        clients.sts.assume_role(RoleArn=f"arn:aws:iam::{clients.account_id}:role/closed", RoleSessionName="s1")


def test_events_of_sts_hold_no_secret(clients: Clients, make_user: Make) -> None:
    """The access key id and the expiration are there; the secret access key is not."""
    alice = make_user(clients)
    arn = role(clients, "ops", f"arn:aws:iam::{clients.account_id}:user/alice")
    credentials = alice.sts.assume_role(RoleArn=arn, RoleSessionName="s1")["Credentials"]
    found = clients.cloudtrail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AssumeRole"}])["Events"]
    event = json.loads(found[0]["CloudTrailEvent"])
    assert event["responseElements"]["credentials"]["accessKeyId"] == credentials["AccessKeyId"]
    assert credentials["SecretAccessKey"] not in found[0]["CloudTrailEvent"]
    virginia = clients.in_region("us-east-1")  # where AWS records events of services without a Region
    made = virginia.cloudtrail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateAccessKey"}])[
        "Events"
    ]
    virginia.close()
    texts = "".join(event["CloudTrailEvent"] for event in made)
    assert alice.access_key_id in texts
    assert alice.secret_access_key not in texts
