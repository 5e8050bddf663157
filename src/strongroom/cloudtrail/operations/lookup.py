"""LookupEvents: the last 90 days of the account's events in the Region, newest first."""

import hashlib
import math
import re
from typing import TYPE_CHECKING, Any

import msgspec

from strongroom.audit.lookup import AuditQuery
from strongroom.audit.sources import Position
from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE
from strongroom.calls.pagination import page_position, page_token
from strongroom.cloudtrail.errors import InvalidLookupAttributes, InvalidMaxResults, InvalidNextToken, InvalidTimeRange
from strongroom.cloudtrail.events import MATCHERS, Record, lookup_item
from strongroom.cloudtrail.service import operation

if TYPE_CHECKING:
    from types_boto3_cloudtrail.type_defs import LookupEventsRequestTypeDef, LookupEventsResponseTypeDef

MAX_RESULTS = 50
HISTORY_SECONDS = 90 * 24 * 3600
_LITERAL_ATTRIBUTES = frozenset(("EventId", "EventName", "EventSource", "AccessKeyId", "ResourceType", "ResourceName"))
_PLAIN = re.compile(r"[A-Za-z0-9:/_.@+=,*-]+")


@operation("LookupEvents", action="cloudtrail:LookupEvents", resource=ANY_RESOURCE)
def lookup_events(call: Call, request: "LookupEventsRequestTypeDef") -> "dict[str, Any] | LookupEventsResponseTypeDef":
    """Return a page of events. A page may hold fewer than MaxResults, even none, and still give a token.

    Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
    """
    limit = request.get("MaxResults", MAX_RESULTS)
    if not 1 <= limit <= MAX_RESULTS:
        raise InvalidMaxResults(limit)
    query = _query(call, request)
    fingerprint = _fingerprint(request)
    before = _before(call, request, fingerprint)
    if request.get("EventCategory") == "insight":
        return {"Events": []}
    call.ensure_may_block()
    page = call.environment.audit_search.search(query, limit, before)
    if page.unreached:
        call.additional["unreachedWriters"] = list(page.unreached)  # the answer's shape has no place to name them
    response: dict[str, Any] = {"Events": [lookup_item(event) for event in page.events]}
    if page.position is not None:
        response["NextToken"] = page_token(call, (*page.position, fingerprint))
    return response


def _query(call: Call, request: "LookupEventsRequestTypeDef") -> AuditQuery:
    start, end = _time(request.get("StartTime")), _time(request.get("EndTime"))
    oldest = call.now - HISTORY_SECONDS
    start = oldest if start is None else start
    end = call.now if end is None else end
    if not start <= end or math.isinf(start) or math.isinf(end):
        raise InvalidTimeRange
    # EventTime is whole seconds: an end in mid-second takes in that second's events. No event is later than the next second.
    start_ms, end_ms = (int(min(max(time, oldest), call.now + 1)) * 1000 for time in (start, end))
    return AuditQuery(call.account_id, call.region, start_ms, end_ms + 999, *_matcher(request))


def _matcher(request: "LookupEventsRequestTypeDef") -> tuple[Any, tuple[bytes, ...]]:
    """Return the test of a record, and what a matching event contains as text."""
    attributes = request.get("LookupAttributes", ())
    if not attributes:
        return _anything, ()
    if len(attributes) > 1:
        raise InvalidLookupAttributes("Only one lookup attribute can be specified.")
    key, value = attributes[0]["AttributeKey"], attributes[0]["AttributeValue"]
    if key == "ReadOnly" and value not in {"true", "false"}:
        raise InvalidLookupAttributes("The value of the lookup attribute ReadOnly must be true or false.")
    matches = MATCHERS[key]
    # Values that JSON writes as they are, and that the record holds as a text of their own.
    plain = key in _LITERAL_ATTRIBUTES and _PLAIN.fullmatch(value) is not None
    return lambda record: matches(record, value), (value.encode(),) if plain else ()


def _anything(_record: Record) -> bool:
    return True


def _time(value: Any) -> float | None:
    return None if value is None else float(value)


def _fingerprint(request: "LookupEventsRequestTypeDef") -> str:
    """Return what ties a token to the parameters that it was made for; the page's size may change."""
    attributes = [[item["AttributeKey"], item["AttributeValue"]] for item in request.get("LookupAttributes", ())]
    parameters = (attributes, _time(request.get("StartTime")), _time(request.get("EndTime")))
    return hashlib.sha256(msgspec.json.encode(parameters)).hexdigest()[:32]


def _before(call: Call, request: "LookupEventsRequestTypeDef", fingerprint: str) -> Position | None:
    position = page_position(call, request.get("NextToken"), InvalidNextToken)
    if position is None:
        return None
    time_ms, writer_id, sequence, made_for = position
    if made_for != fingerprint:
        raise InvalidNextToken
    return int(str(time_ms)), str(writer_id), int(str(sequence))
