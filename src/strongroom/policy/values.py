"""Comparing one request value with one policy value, for each family of condition operators.

Each function takes the policy's value and returns a test for request values. It raises ValueError where the
policy's value is not of the operator's type. A request value that is not of the type matches nothing.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TypeVar

from strongroom.policy.wildcard import Matcher

T = TypeVar("T")
Compare = Callable[[T, T], bool]
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_EPOCH = re.compile(r"-?(?:[0-9]{1,3}|[0-9]{5,13})(?:\.[0-9]{1,9})?")
_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?)?)?",
    re.IGNORECASE,
)
_MICROSECOND_DIGITS = 6
_BOOLEANS = frozenset({"true", "false"})


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return Decimal(text)


def _moment(text: str) -> datetime:
    """Return the time of an ISO 8601 date or of epoch seconds; without an offset it is UTC."""
    if _EPOCH.fullmatch(text):
        try:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(text))
        except OverflowError as error:
            raise ValueError("date out of range") from error
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError("not a date")
    year, month, day, hour, minute, second, fraction, offset = found.groups(default="")
    microsecond = int((fraction + "0" * _MICROSECOND_DIGITS)[:_MICROSECOND_DIGITS])
    # An hour of 24 or a 30th of February is refused by datetime itself.
    return datetime(
        int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), microsecond, tzinfo=_zone(offset)
    )


def _zone(offset: str) -> timezone:
    if offset in {"", "Z", "z"}:
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _compared(parse: Callable[[str], T], compare: Compare[T]) -> Callable[[str], Matcher]:
    def build(policy_value: str) -> Matcher:
        expected = parse(policy_value)

        def test(value: str) -> bool:
            try:
                actual = parse(value)
            except ValueError:
                return False
            return compare(actual, expected)

        return test

    return build


def in_network(policy_value: str) -> Matcher:
    """Return the test for addresses inside an IPv4 or IPv6 range in CIDR form; a bare address is a range of one."""
    network = ipaddress.ip_network(policy_value, strict=False)

    def test(value: str) -> bool:
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None and network.version == 4:  # noqa: PLR2004 - IP version
            address = address.ipv4_mapped
        return address in network

    return test


def boolean(text: str) -> Matcher:
    """Return the test for `true` or `false` in any case."""
    expected = text.lower()
    if expected not in _BOOLEANS:
        raise ValueError("not a boolean")

    def test(value: str) -> bool:
        return value.lower() == expected

    return test


TYPED: dict[str, Callable[[str], Matcher]] = {
    "NumericEquals": _compared(_number, operator.eq),
    "NumericLessThan": _compared(_number, operator.lt),
    "NumericLessThanEquals": _compared(_number, operator.le),
    "NumericGreaterThan": _compared(_number, operator.gt),
    "NumericGreaterThanEquals": _compared(_number, operator.ge),
    "DateEquals": _compared(_moment, operator.eq),
    "DateLessThan": _compared(_moment, operator.lt),
    "DateLessThanEquals": _compared(_moment, operator.le),
    "DateGreaterThan": _compared(_moment, operator.gt),
    "DateGreaterThanEquals": _compared(_moment, operator.ge),
    "BinaryEquals": _compared(_octets, operator.eq),
    "IpAddress": in_network,
}
