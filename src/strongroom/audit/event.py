"""One CloudTrail record from the facts of one call.

Source: CloudTrail User Guide, "CloudTrail record contents".
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from strongroom.audit.facts import EventFacts
from strongroom.audit.redaction import recorded
from strongroom.audit.times import iso_seconds

EVENT_VERSION = "1.11"
MAX_PARAMETERS_BYTES = 100 * 1024
MAX_TEXT_BYTES = 1024
SERVICE_EVENT = "AwsServiceEvent"
ERROR_CODES = {"AccessDeniedException": "AccessDenied"}  # events of every service use the query protocol's name

_encode = msgspec.json.Encoder().encode


def time_ms(facts: EventFacts) -> int:
    """Return when the call came, in milliseconds since the epoch: what events are ordered by."""
    return int(facts.time * 1000)


def encode_event(facts: EventFacts) -> bytes:
    """Return the event as compact JSON in UTF-8, on one line, redacted and within CloudTrail's sizes."""
    record = _record(facts)
    try:
        line = _encode(record)
    except UnicodeEncodeError:
        # Half a surrogate pair from a client can't be encoded, and an event must not be lost for it.
        record = _encodable(record)
        line = _encode(record)
    if len(line) <= MAX_PARAMETERS_BYTES:
        return line
    for name in ("requestParameters", "responseElements", "additionalEventData"):
        if name in record:
            record[name] = _capped(record[name])
    return _encode(record)


def _record(facts: EventFacts) -> dict[str, Any]:
    record: dict[str, Any] = {
        "eventVersion": EVENT_VERSION,
        "userIdentity": facts.caller.identity,
        "eventTime": iso_seconds(time_ms(facts) // 1000),
        "eventSource": facts.event_source,
        "eventName": facts.event_name,
        "awsRegion": facts.region,
        "sourceIPAddress": facts.source_ip,
        "userAgent": _cut(facts.user_agent),
    }
    if facts.error_code is not None:
        record["errorCode"] = ERROR_CODES.get(facts.error_code, facts.error_code)
        if facts.error_message is not None:
            record["errorMessage"] = _cut(facts.error_message)
    record["requestParameters"] = recorded(facts.request, facts.hidden, facts.masked) if facts.request else None
    record["responseElements"] = recorded(facts.response) if facts.response else None
    if facts.additional:
        record["serviceEventDetails" if facts.event_type == SERVICE_EVENT else "additionalEventData"] = dict(facts.additional)
    record["requestID"] = facts.request_id
    record["eventID"] = facts.event_id
    record["readOnly"] = facts.read_only
    if facts.resources:
        record["resources"] = [{"accountId": account, "type": kind, "ARN": arn} for kind, arn, account in facts.resources]
    record["eventType"] = facts.event_type
    record["managementEvent"] = True
    record["recipientAccountId"] = facts.recipient_account_id
    if facts.shared_event_id is not None:
        record["sharedEventID"] = facts.shared_event_id
    record["eventCategory"] = "Management"
    if facts.tls is not None:
        record["tlsDetails"] = facts.tls
    return record


def _cut(text: str) -> str:
    if len(text) <= MAX_TEXT_BYTES // 4:  # no character takes more than four bytes
        return text
    return text.encode(errors="replace")[:MAX_TEXT_BYTES].decode(errors="ignore")


def _capped(value: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    size = len(_encode(value))
    return value if size <= MAX_PARAMETERS_BYTES else {"omitted": True, "originalSize": size}


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, Mapping):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encodable(item) for item in value]
    return value
