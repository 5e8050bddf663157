"""Data types: which values each accepts. Pure.

The value itself never stands in an error: it may be a secret.

Source: PutParameter API Reference, `DataType`; Systems Manager User Guide, "Working with parameter data types".
The API names the formats; where it does not define one, the standard named beside the check does.
"""

import base64
import binascii
import ipaddress
import json
import math
import re
from collections.abc import Callable
from typing import Any, NoReturn
from urllib.parse import urlsplit

from strongroom.core.errors import ValidationFailed

TEXT = "text"
IMAGE = "aws:ec2:image"
INTEGRATION = "aws:ssm:integration"
INTEGRATION_PREFIX = "/d9d01087-4a3f-49e0-b0b4-d568d7826553/ssm/integrations/webhook/"

UNSUPPORTED = "The following data type is not supported: {} (Data type names are all lowercase.)"
NOT_VALID = "The parameter value is not valid for the data type {}."
IMAGE_NEEDS_STRING = "The data type aws:ec2:image is only supported for parameters of type String."
INTEGRATION_NEEDS_SECURE = (
    f"The data type aws:ssm:integration is only supported for parameters of type SecureString whose names begin with {INTEGRATION_PREFIX}."
)

_AMI = re.compile(r"ami-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+){1,3}-[0-9]{1,2}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_HOST_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")  # RFC 1123, section 2.1
_EMAIL_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")  # RFC 5321, dot-string
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")  # RFC 3986, section 3.1
# A string or comment that does not end is taken to the end of the text at once: so each character is looked at once, whatever the text.
_STRING = r'("(?:[^"\\]++|\\.)*+(?:"|\\?\Z))'
_JSON_COMMENT = re.compile(_STRING + r"|//[^\n]*+|/\*.*?(?:\*/|\Z)", re.DOTALL)
_TRAILING_COMMA = re.compile(_STRING + r"|,(?=\s*[\]}])", re.DOTALL)
_SHORTEST_COMMENT = 4
_HOSTNAME_CHARACTERS = 253
_EMAIL_LOCAL_CHARACTERS = 64


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda value: pattern.fullmatch(value) is not None


def _is_float(value: str) -> bool:
    return _FLOAT.fullmatch(value) is not None and math.isfinite(float(value))


def _is_base64(value: str) -> bool:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _is_hostname(value: str) -> bool:
    name = value.removesuffix(".")
    return len(name) <= _HOSTNAME_CHARACTERS and all(_HOST_LABEL.fullmatch(label) for label in name.split("."))


def _is_email(value: str) -> bool:
    local, at, host = value.rpartition("@")
    return bool(at) and len(local) <= _EMAIL_LOCAL_CHARACTERS and _EMAIL_LOCAL.fullmatch(local) is not None and _is_hostname(host)


def _is_address(family: type[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> Callable[[str], bool]:
    def check(value: str) -> bool:
        try:
            family(value)
        except ValueError:
            return False
        return True

    return check


def _is_url(value: str) -> bool:
    if not value.isprintable() or " " in value:
        return False
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - the property raises for a port that is no number
    except ValueError:
        return False
    return _SCHEME.fullmatch(parts.scheme) is not None and bool(parts.hostname)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _is_json(value: str) -> bool:
    try:
        json.loads(value, parse_constant=_no_constant, parse_int=str)
    except (ValueError, RecursionError):
        return False
    return True


def _without_comment(match: re.Match[str]) -> str:
    found = match[0]
    is_closed = found.startswith("//") or (len(found) >= _SHORTEST_COMMENT and found.endswith("*/"))
    return " " if match[1] is None and is_closed else found


def _is_jsonc(value: str) -> bool:
    plain = _JSON_COMMENT.sub(_without_comment, value)
    return _is_json(_TRAILING_COMMA.sub(lambda match: match[1] or "", plain))


_CHECKS: dict[str, Callable[[str], Any]] = {
    TEXT: lambda _: True,
    IMAGE: _matches(_AMI),
    INTEGRATION: lambda _: True,
    "aws:region": _matches(_REGION),
    "aws:account:id": _matches(_ACCOUNT),
    "boolean": lambda value: value.lower() in {"true", "false"},
    "integer": _matches(_INTEGER),
    "float": _is_float,
    "binary": _is_base64,
    "hostname": _is_hostname,
    "email": _is_email,
    "ipv4-address": _is_address(ipaddress.IPv4Address),
    "ipv6-address": _is_address(ipaddress.IPv6Address),
    "url": _is_url,
    "json": _is_json,
    "jsonc": _is_jsonc,
}
DATA_TYPES = tuple(_CHECKS)


def check_data_type(data_type: str, parameter_type: str, name: str, value: str) -> None:
    """Return if a parameter of this type and name may hold `value`; otherwise raise ValidationFailed.

    Every item of a StringList is checked by itself.
    """
    check = _CHECKS.get(data_type)
    if check is None:
        raise ValidationFailed(UNSUPPORTED.format(data_type))
    if data_type == IMAGE and parameter_type != "String":
        raise ValidationFailed(IMAGE_NEEDS_STRING)
    if data_type == INTEGRATION and (parameter_type != "SecureString" or not name.startswith(INTEGRATION_PREFIX)):
        raise ValidationFailed(INTEGRATION_NEEDS_SECURE)
    items = value.split(",") if parameter_type == "StringList" else [value]
    if not all(check(item) for item in items):
        raise ValidationFailed(NOT_VALID.format(data_type))
