"""What one audit event is made from. calls/ gathers these facts; audit/event.py turns them into a CloudTrail record.

Source: CloudTrail User Guide, "CloudTrail record contents".
"""

from collections.abc import Mapping
from typing import Any

import msgspec


class CallerFacts(msgspec.Struct, frozen=True):
    """CloudTrail's userIdentity, ready to encode: type, principalId, arn, accountId, accessKeyId, userName, sessionContext, invokedBy."""

    identity: Mapping[str, Any]
    account_id: str


class EventFacts(msgspec.Struct, frozen=True):
    """One call (or one act of the server's own), as it will be recorded.

    Attributes:
        nested: 0 for the call itself, 1.. for the calls it caused; the request id is the same for all.
        time: seconds since the epoch.
        request: the decoded request in AWS's names, or None; `hidden` members and all bytes are left out, `masked` ones masked.
        response: the members of the answer to record, or None for null.
        decision: why the call was allowed or denied; recorded in additionalEventData where the call was denied.
        resources: (type, ARN, account id).
        event_type: AwsApiCall, or AwsServiceEvent for timed work.
        recipient_account_id: the account whose trail holds the event.
        shared_event_id: the same in the two events of a cross-account call.
    """

    event_id: str
    request_id: str
    nested: int
    time: float
    event_source: str
    event_name: str
    region: str
    read_only: bool
    caller: CallerFacts
    source_ip: str
    user_agent: str
    recipient_account_id: str
    request: Mapping[str, Any] | None = None
    hidden: frozenset[str] = frozenset()
    masked: frozenset[str] = frozenset()
    response: Mapping[str, Any] | None = None
    error_code: str | None = None
    error_message: str | None = None
    resources: tuple[tuple[str, str, str], ...] = ()
    additional: Mapping[str, Any] = msgspec.field(default_factory=dict)
    event_type: str = "AwsApiCall"
    tls: Mapping[str, str] | None = None
    shared_event_id: str | None = None
