"""What of a request or an answer may stand in an event: requestParameters and responseElements.

Bytes never do, wherever they stand. Names lose their first capital, as CloudTrail writes them; maps keep their keys.

Source: CloudTrail User Guide, "CloudTrail record contents".
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from strongroom.audit.times import parameter_date
from strongroom.core.secret import SecretBytes

MASK = "HIDDEN_DUE_TO_SECURITY_REASONS"
NOTHING: frozenset[str] = frozenset()
# Members that are maps in the service models, so that their keys are the customer's own words.
MAP_MEMBERS = frozenset(
    ("EncryptionContext", "SourceEncryptionContext", "DestinationEncryptionContext", "EncryptionContextEquals", "EncryptionContextSubset")
)
_UNRECORDED = (bytes, bytearray, memoryview, SecretBytes)


@lru_cache(maxsize=4096)
def event_name_of(member: str) -> str:
    """Return a member's name as events spell it: KeyId becomes keyId, and Secrets Manager's ARN is arn (aRN until 2024)."""
    return member.lower() if member.isupper() else member[:1].lower() + member[1:]


def recorded(
    members: Mapping[str, Any] | None, hidden: frozenset[str] = NOTHING, masked: frozenset[str] = NOTHING
) -> dict[str, Any] | None:
    """Return what an event holds of `members`, or None where nothing is left.

    Args:
        members: a decoded request or answer in AWS's names; floats are timestamps.
        hidden: top-level members that are left out.
        masked: top-level members of which only their presence is told.
    """
    if not members:
        return None
    out: dict[str, Any] = {}
    for name, value in members.items():
        if value is None or name in hidden or isinstance(value, _UNRECORDED):
            continue
        if name in masked:
            value = MASK  # noqa: PLW2901 - stands for the value from here on
        out[event_name_of(name)] = value if type(value) is str else _value(name, value)
    return out or None


def _value(name: str, value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is bool or kind is int or value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, float):
        return parameter_date(value)
    if isinstance(value, Mapping):
        return _map(value) if name in MAP_MEMBERS else _structure(value)
    return [_value("", item) for item in value if not isinstance(item, _UNRECORDED)]


def _map(entries: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _value("", value) for key, value in entries.items() if not isinstance(value, _UNRECORDED)}


def _structure(members: Mapping[str, Any]) -> dict[str, Any]:
    return {
        event_name_of(name): _value(name, value)
        for name, value in members.items()
        if value is not None and not isinstance(value, _UNRECORDED)
    }
