"""LookupEvents over the wire: what calls leave behind."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.clients import Clients

Row = tuple[str, Callable[[dict[str, Any]], str]]


def events(clients: Clients, **parameters: Any) -> list[dict[str, Any]]:
    """Return one page of events, without those of LookupEvents itself."""
    found: Any = clients.client("cloudtrail").lookup_events(**parameters)["Events"]
    return [event for event in found if event["EventName"] != "LookupEvents"]


def record(event: dict[str, Any]) -> dict[str, Any]:
    """Return the CloudTrail record inside an event."""
    decoded: dict[str, Any] = json.loads(event["CloudTrailEvent"])
    return decoded


def refusal(clients: Clients, **parameters: Any) -> tuple[str, str]:
    """Return the code and the text of the error that a lookup gives."""
    with pytest.raises(ClientError) as caught:
        clients.client("cloudtrail").lookup_events(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def key(clients: Clients) -> str:
    """A key that has encrypted and decrypted once."""
    arn = clients.kms.create_key(Description="for the trail")["KeyMetadata"]["Arn"]
    blob = clients.kms.encrypt(KeyId=arn, Plaintext=b"top secret", EncryptionContext={"Dept": "IT"})["CiphertextBlob"]
    clients.kms.decrypt(CiphertextBlob=blob, EncryptionContext={"Dept": "IT"})
    return arn


def test_reads_and_writes_are_found_newest_first(clients: Clients, key: str) -> None:
    """Those that commit with their writes, and those in the worker's file, in one list."""
    found = events(clients)
    assert [event["EventName"] for event in found] == ["Decrypt", "Encrypt", "CreateKey"]
    event = found[1]
    assert (event["ReadOnly"], event["EventSource"], event["Username"]) == ("true", "kms.amazonaws.com", "root")
    assert event["AccessKeyId"] == clients.access_key_id
    assert event["Resources"] == [{"ResourceType": "AWS::KMS::Key", "ResourceName": key}]
    assert abs(event["EventTime"] - datetime.now(UTC)) < timedelta(minutes=1)
    inside = record(event)
    assert inside["requestParameters"]["encryptionContext"] == {"Dept": "IT"}
    assert (inside["responseElements"], inside["readOnly"], inside["eventID"]) == (None, True, event["EventId"])
    assert inside["userIdentity"]["type"] == "Root"
    assert found[2]["ReadOnly"] == "false"


def test_no_secret_enters_the_trail(clients: Clients, key: str) -> None:
    """Neither plaintexts nor ciphertexts nor secret values."""
    clients.secretsmanager.create_secret(Name="s", SecretString="hunter2-hunter2")
    clients.secretsmanager.get_secret_value(SecretId="s")
    clients.ssm.put_parameter(Name="p", Value="hunter2-hunter2", Type="SecureString", KeyId=key)
    clients.ssm.get_parameter(Name="p", WithDecryption=True)
    text = json.dumps([event["CloudTrailEvent"] for event in events(clients)])
    assert "GetSecretValue" in text
    assert "PutParameter" in text
    for secret in ("hunter2", "top secret", "ciphertextBlob", "plaintext"):
        assert secret not in text


def test_nested_calls_have_events_of_their_own(clients: Clients) -> None:
    """With one request id, and the service that asked in place of the address."""
    clients.secretsmanager.create_secret(Name="s", SecretString="x")
    found = [record(event) for event in events(clients)]
    [outer] = [event for event in found if event["eventName"] == "CreateSecret"]
    nested = [event for event in found if event["requestID"] == outer["requestID"] and event is not outer]
    assert nested
    for event in nested:
        assert event["userIdentity"]["invokedBy"] == "secretsmanager.amazonaws.com"
        assert event["sourceIPAddress"] == "secretsmanager.amazonaws.com"


def test_a_refused_call_is_recorded_with_its_error(clients: Clients, make_user: Callable[..., Clients], key: str) -> None:
    """Under the user's name."""
    alice = make_user(clients, "alice")
    with pytest.raises(ClientError):
        alice.kms.encrypt(KeyId=key, Plaintext=b"x")
    [event] = events(clients, LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": "alice"}])
    inside = record(event)
    assert inside["errorCode"] == "AccessDenied"
    assert "is not authorized to perform: kms:Encrypt" in inside["errorMessage"]
    assert (inside["userIdentity"]["type"], event["AccessKeyId"]) == ("IAMUser", alice.access_key_id)


ATTRIBUTES: list[Row] = [
    ("EventId", lambda event: str(event["EventId"])),
    ("EventName", lambda _: "Encrypt"),
    ("EventSource", lambda _: "kms.amazonaws.com"),
    ("ReadOnly", lambda _: "true"),
    ("Username", lambda _: "root"),
    ("AccessKeyId", lambda event: str(event["AccessKeyId"])),
    ("ResourceType", lambda _: "AWS::KMS::Key"),
    ("ResourceName", lambda event: str(event["Resources"][0]["ResourceName"])),
]


@pytest.mark.parametrize(("name", "value_of"), ATTRIBUTES, ids=[row[0] for row in ATTRIBUTES])
@pytest.mark.usefixtures("key")
def test_each_attribute_finds_its_event(clients: Clients, name: str, value_of: Callable[[dict[str, Any]], str]) -> None:
    """And another value does not."""
    event = events(clients)[1]
    wanted = [{"AttributeKey": name, "AttributeValue": value_of(event)}]
    assert event["EventId"] in [found["EventId"] for found in events(clients, LookupAttributes=wanted)]
    other = [{"AttributeKey": name, "AttributeValue": "false" if name == "ReadOnly" else "nothing"}]
    assert event["EventId"] not in [found["EventId"] for found in events(clients, LookupAttributes=other)]


def test_pages_give_every_event_once(clients: Clients, key: str) -> None:
    """The usual paginator of boto3 works."""
    for _ in range(7):
        clients.kms.describe_key(KeyId=key)
    pages = (
        clients.client("cloudtrail")
        .get_paginator("lookup_events")
        .paginate(
            LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": "kms.amazonaws.com"}], PaginationConfig={"PageSize": 3}
        )
    )
    found = [event["EventId"] for page in pages for event in page["Events"]]
    assert len(found) == len(set(found)) == 10


def test_the_time_range_holds_both_of_its_ends(clients: Clients, key: str) -> None:
    """A range before the first event is empty, and so is one in the future."""
    newest = events(clients)[0]["EventTime"]
    assert events(clients, StartTime=newest, EndTime=newest)
    assert events(clients, EndTime=newest - timedelta(hours=1)) == []
    assert events(clients, StartTime=newest + timedelta(hours=1), EndTime=newest + timedelta(hours=2)) == []
    assert events(clients, StartTime=newest - timedelta(days=400))
    assert key


def test_accounts_and_regions_are_apart(clients: Clients, make_account: Callable[[], Clients], key: str) -> None:
    """Nobody finds another's events; IAM's are in us-east-1."""
    stranger = make_account()
    assert events(stranger) == []
    north = clients.in_region("eu-north-1")
    assert events(north) == []
    north.close()
    clients.iam.create_user(UserName="bob")
    assert "CreateUser" not in [event["EventName"] for event in events(clients)]
    east = clients.in_region("us-east-1")
    assert "CreateUser" in [event["EventName"] for event in events(east)]
    east.close()
    assert key


def test_there_are_no_insights(clients: Clients, key: str) -> None:
    """The category is accepted and empty."""
    assert events(clients, EventCategory="insight") == []
    assert key


NAME = {"AttributeKey": "EventName", "AttributeValue": "Encrypt"}
NOW = datetime.now(UTC)
REFUSALS: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "two attributes",
        {"LookupAttributes": [NAME, NAME]},
        "InvalidLookupAttributesException",
        "Only one lookup attribute can be specified.",
    ),
    (
        "a read-only that is no boolean",
        {"LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "True"}]},
        "InvalidLookupAttributesException",
        "The value of the lookup attribute ReadOnly must be true or false.",
    ),
    (
        "a start after the end",
        {"StartTime": NOW, "EndTime": NOW - timedelta(seconds=1)},
        "InvalidTimeRangeException",
        "The start time of the time range is after its end time.",
    ),
    ("no results", {"MaxResults": 0}, "InvalidMaxResultsException", "The value 0 of MaxResults is not valid: it must be between 1 and 50."),
    ("too many", {"MaxResults": 51}, "InvalidMaxResultsException", "The value 51 of MaxResults is not valid: it must be between 1 and 50."),
    (
        "a made-up token",
        {"NextToken": "AAAA"},
        "InvalidNextTokenException",
        "The token is not valid, or was used in a request with different parameters.",
    ),
]


@pytest.mark.parametrize(("parameters", "code", "text"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_what_lookup_events_refuses(clients: Clients, parameters: dict[str, Any], code: str, text: str) -> None:
    """Each with its own error."""
    assert refusal(clients, **parameters) == (code, text)


def test_a_token_belongs_to_its_parameters(clients: Clients, key: str) -> None:
    """And to its account and Region."""
    page: Any = clients.client("cloudtrail").lookup_events(MaxResults=1)
    token = page["NextToken"]
    assert refusal(clients, NextToken=token, LookupAttributes=[NAME])[0] == "InvalidNextTokenException"
    north = clients.in_region("eu-north-1")
    assert refusal(north, NextToken=token)[0] == "InvalidNextTokenException"
    north.close()
    assert events(clients, NextToken=token)
    assert key


def test_looking_up_needs_permission(clients: Clients, make_user: Callable[..., Clients]) -> None:
    """cloudtrail:LookupEvents on every resource."""
    code, text = refusal(make_user(clients, "alice"))
    assert code == "AccessDeniedException"
    assert "is not authorized to perform: cloudtrail:LookupEvents" in text
    allowed = make_user(clients, "bob", {"Effect": "Allow", "Action": "cloudtrail:LookupEvents", "Resource": "*"})
    assert isinstance(events(allowed), list)
