"""From a record to an item of LookupEvents."""

from typing import Any

import msgspec
import pytest

from strongroom.audit.lookup import FoundEvent
from strongroom.cloudtrail.events import MATCHERS, lookup_item, username_of

USERS: list[tuple[str, dict[str, Any], str | None]] = [
    ("root", {"type": "Root", "principalId": "1"}, "root"),
    ("user", {"type": "IAMUser", "principalId": "AIDA", "userName": "alice"}, "alice"),
    ("role", {"type": "AssumedRole", "principalId": "AROA:the:session"}, "the:session"),
    ("federated user", {"type": "FederatedUser", "principalId": "111122223333:bob"}, "bob"),
    ("web identity", {"type": "WebIdentityUser", "principalId": "p", "userName": "sub"}, "sub"),
    ("service", {"type": "AWSService", "invokedBy": "ssm.amazonaws.com"}, None),
    ("the server itself", {"accountId": "1", "invokedBy": "AWS Internal"}, None),
]
MINIMAL: dict[str, Any] = {
    "eventID": "e",
    "eventName": "RotateKey",
    "eventSource": "kms.amazonaws.com",
    "eventTime": "2023-11-14T22:13:20Z",
    "readOnly": False,
    "userIdentity": {"accountId": "1", "invokedBy": "AWS Internal"},
}


@pytest.mark.parametrize(("identity", "name"), [row[1:] for row in USERS], ids=[row[0] for row in USERS])
def test_who_an_event_is_found_by(identity: dict[str, Any], name: str | None) -> None:
    """Sessions by their session name, as in CloudTrail's event history."""
    assert username_of({"userIdentity": identity}) == name


def test_what_an_event_has_not_is_left_out() -> None:
    """An act of the server's own has no user and no access key."""
    text = msgspec.json.encode(MINIMAL).decode()
    assert lookup_item(FoundEvent(MINIMAL, text)) == {
        "EventId": "e",
        "EventName": "RotateKey",
        "ReadOnly": "false",
        "EventTime": 1_700_000_000.0,
        "EventSource": "kms.amazonaws.com",
        "Resources": [],
        "CloudTrailEvent": text,
    }


def test_no_attribute_matches_what_an_event_has_not() -> None:
    """Not even the empty text."""
    for name in ("Username", "AccessKeyId", "ResourceType", "ResourceName"):
        assert not MATCHERS[name](MINIMAL, "")
