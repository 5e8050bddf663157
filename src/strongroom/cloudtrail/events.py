"""From a recorded event to an item of LookupEvents.

Source: CloudTrail API Reference, "Event".
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from strongroom.audit.lookup import FoundEvent

if TYPE_CHECKING:
    from types_boto3_cloudtrail.type_defs import EventTypeDef, ResourceTypeDef

Record = Mapping[str, Any]


def username_of(record: Record) -> str | None:
    """Return the name that an event is found by: a user's, a session's, `root`, or None for the server's own acts."""
    identity = record["userIdentity"]
    kind = identity.get("type")
    if kind == "Root":
        return "root"
    if kind in {"AssumedRole", "FederatedUser"}:
        return str(identity["principalId"]).partition(":")[2]
    name: str | None = identity.get("userName")
    return name


def read_only_of(record: Record) -> str:
    """Return readOnly as LookupEvents writes it: "true" or "false"."""
    return "true" if record["readOnly"] else "false"


def access_key_of(record: Record) -> str | None:
    """Return the access key id that signed the call, or None."""
    return record["userIdentity"].get("accessKeyId") or None


def resources_of(record: Record) -> "list[ResourceTypeDef]":
    """Return the resources with their types."""
    return [{"ResourceType": resource["type"], "ResourceName": resource["ARN"]} for resource in record.get("resources", ())]


MATCHERS: Mapping[str, Callable[[Record, str], bool]] = {
    "EventId": lambda record, value: record["eventID"] == value,
    "EventName": lambda record, value: record["eventName"] == value,
    "EventSource": lambda record, value: record["eventSource"] == value,
    "ReadOnly": lambda record, value: read_only_of(record) == value,
    "Username": lambda record, value: username_of(record) == value,
    "AccessKeyId": lambda record, value: access_key_of(record) == value,
    "ResourceType": lambda record, value: any(found["ResourceType"] == value for found in resources_of(record)),
    "ResourceName": lambda record, value: any(found["ResourceName"] == value for found in resources_of(record)),
}


def lookup_item(event: FoundEvent) -> "EventTypeDef":
    """Return the event as LookupEvents lists it; what it has not is left out."""
    record = event.record
    item: EventTypeDef = {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": read_only_of(record),
        "EventTime": _seconds(record["eventTime"]),  # type: ignore[typeddict-item] # handlers answer epoch seconds
        "EventSource": record["eventSource"],
        "Resources": resources_of(record),
        "CloudTrailEvent": event.text,
    }
    if (access_key := access_key_of(record)) is not None:
        item["AccessKeyId"] = access_key
    if (username := username_of(record)) is not None:
        item["Username"] = username
    return item


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
