"""A call across accounts leaves an event in both trails, tied together by one sharedEventID; a denied one only in the caller's."""

import json
from collections.abc import Callable

import pytest
from tests.support.clients import Clients


def _events(clients: Clients, name: str) -> list[dict[str, object]]:
    found = clients.cloudtrail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])["Events"]
    return [json.loads(event["CloudTrailEvent"]) for event in found]


def test_both_accounts_see_the_use_of_a_shared_key_and_only_the_caller_sees_a_denial(
    clients: Clients, make_account: Callable[[], Clients], make_user: Callable[..., Clients]
) -> None:
    """The owner learns who used the key; it does not learn who failed to."""
    other = make_account()
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{clients.account_id}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{other.account_id}:root"}, "Action": "kms:Encrypt", "Resource": "*"},
    ]
    arn = clients.kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))["KeyMetadata"]["Arn"]
    user = make_user(other, "alice", {"Effect": "Allow", "Action": "kms:*", "Resource": "*"})
    user.kms.encrypt(KeyId=arn, Plaintext=b"x")
    with pytest.raises(user.kms.exceptions.ClientError):
        user.kms.generate_data_key(KeyId=arn, KeySpec="AES_256")
    (mine,), (theirs,) = _events(other, "Encrypt"), _events(clients, "Encrypt")
    assert mine["sharedEventID"] == theirs["sharedEventID"]
    assert mine["eventID"] != theirs["eventID"]
    assert (mine["recipientAccountId"], theirs["recipientAccountId"]) == (other.account_id, clients.account_id)
    assert theirs["userIdentity"]["accountId"] == other.account_id  # type: ignore[index]
    assert _events(other, "GenerateDataKey")[0]["errorCode"] == "AccessDenied"
    assert _events(clients, "GenerateDataKey") == []
