"""Parameter policies: expiry and notifications. Pure; the time comes in as an argument.

Source: Systems Manager User Guide, "Assigning parameter policies in Parameter Store".
"""

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from strongroom.ssm.errors import IncompatiblePolicy, InvalidPolicyAttribute, InvalidPolicyType, PoliciesLimitExceeded
from strongroom.ssm.records import ParameterPolicy
from strongroom.ssm.rules.limits import POLICIES_PER_PARAMETER

EXPIRATION = "Expiration"
EXPIRATION_NOTIFICATION = "ExpirationNotification"
NO_CHANGE_NOTIFICATION = "NoChangeNotification"
PENDING = "Pending"
FINISHED = "Finished"
VERSION = "1.0"

_UNIT_SECONDS = {"Days": 86_400, "Hours": 3_600}
_SPAN = re.compile(r"[1-9][0-9]{0,4}")
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})", re.ASCII)

NOT_AN_ARRAY = "The policies must be a JSON array of policy objects."
NOT_A_POLICY = "A policy must have a Type, the Version 1.0 and Attributes."
BAD_TIMESTAMP = "The Timestamp of the Expiration policy must be a date and time in the future, in ISO 8601 format with an offset."
BAD_SPAN = "The attribute {} of the policy {} must be a whole number greater than zero, and its Unit must be Days or Hours."
TWO_EXPIRATIONS = "A parameter can have only one Expiration policy."
NEEDS_EXPIRATION = "An ExpirationNotification policy needs an Expiration policy."


def parse_policies(text: str, now: float) -> tuple[ParameterPolicy, ...]:
    """Return the policies that the JSON array `text` holds; `[]` and `[{}]` hold none.

    Raises InvalidPolicyType, InvalidPolicyAttribute, IncompatiblePolicy or PoliciesLimitExceeded.
    """
    try:
        documents = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidPolicyAttribute(NOT_AN_ARRAY) from error
    if not isinstance(documents, list) or not all(isinstance(document, dict) for document in documents):
        raise InvalidPolicyAttribute(NOT_AN_ARRAY)
    if documents in ([], [{}]):
        return ()
    if len(documents) > POLICIES_PER_PARAMETER:
        raise PoliciesLimitExceeded
    policies = tuple(_parse(document, now) for document in documents)
    _check_together(policies)
    return policies


def _check_together(policies: Iterable[ParameterPolicy]) -> None:
    types = [policy.type for policy in policies]
    if types.count(EXPIRATION) > 1:
        raise IncompatiblePolicy(TWO_EXPIRATIONS)
    if EXPIRATION_NOTIFICATION in types and EXPIRATION not in types:
        raise IncompatiblePolicy(NEEDS_EXPIRATION)


def _parse(document: dict[str, Any], now: float) -> ParameterPolicy:
    kind, attributes = document.get("Type"), document.get("Attributes")
    text = json.dumps(document, separators=(",", ":"))
    if kind not in (EXPIRATION, EXPIRATION_NOTIFICATION, NO_CHANGE_NOTIFICATION):
        raise InvalidPolicyType
    if document.get("Version", VERSION) != VERSION or not isinstance(attributes, dict):
        raise InvalidPolicyAttribute(NOT_A_POLICY)
    if kind == EXPIRATION:
        return ParameterPolicy(type=kind, text=text, expires=_timestamp(attributes.get("Timestamp"), now))
    span = "Before" if kind == EXPIRATION_NOTIFICATION else "After"
    return ParameterPolicy(type=kind, text=text, seconds=_seconds(attributes, span, kind))


def _timestamp(value: object, now: float) -> float:
    if not isinstance(value, str) or not _DATE_TIME.fullmatch(value):
        raise InvalidPolicyAttribute(BAD_TIMESTAMP)
    try:
        expires = datetime.fromisoformat(value).timestamp()
    except (ValueError, OverflowError) as error:
        raise InvalidPolicyAttribute(BAD_TIMESTAMP) from error
    if expires <= now:
        raise InvalidPolicyAttribute(BAD_TIMESTAMP)
    return expires


def _seconds(attributes: dict[str, Any], span: str, kind: str) -> int:
    number, unit = attributes.get(span), attributes.get("Unit")
    if isinstance(number, bool) or not isinstance(number, str | int) or not _SPAN.fullmatch(str(number)) or unit not in _UNIT_SECONDS:
        raise InvalidPolicyAttribute(BAD_SPAN.format(span, kind))
    return int(number) * _UNIT_SECONDS[unit]


def carried_over(policies: Iterable[ParameterPolicy]) -> tuple[ParameterPolicy, ...]:
    """Return the policies as they stand after an overwrite: NoChangeNotification counts anew, the others go on."""
    return tuple(_with_status(policy, PENDING) if policy.type == NO_CHANGE_NOTIFICATION else policy for policy in policies)


def _with_status(policy: ParameterPolicy, status: str) -> ParameterPolicy:
    return msgspec.structs.replace(policy, status=status)


def _due(policy: ParameterPolicy, expires: float, modified: float) -> float:
    if policy.type == NO_CHANGE_NOTIFICATION:
        return modified + policy.seconds
    return expires - policy.seconds  # an Expiration has no span


def _schedule(policies: Iterable[ParameterPolicy], modified: float) -> list[tuple[float, ParameterPolicy]]:
    held = tuple(policies)
    expires = next((policy.expires for policy in held if policy.expires is not None), 0.0)
    return [(_due(policy, expires, modified), policy) for policy in held if policy.status == PENDING]


def next_due_ms(policies: Iterable[ParameterPolicy], modified: float) -> int | None:
    """Return when the first pending policy acts, in epoch milliseconds, or None."""
    return min((int(due * 1000) for due, _ in _schedule(policies, modified)), default=None)


def first_due(policies: Iterable[ParameterPolicy], modified: float, now: float) -> ParameterPolicy | None:
    """Return the pending policy that should have acted first by `now`, or None."""
    due = [(when, policy) for when, policy in _schedule(policies, modified) if when <= now]
    return min(due, key=lambda item: item[0])[1] if due else None


def finished(policies: Iterable[ParameterPolicy], done: ParameterPolicy) -> tuple[ParameterPolicy, ...]:
    """Return the policies with `done` marked as Finished."""
    return tuple(_with_status(policy, FINISHED) if policy is done else policy for policy in policies)
