"""Names of functions: a bare name, a partial or a whole ARN, with or without a qualifier.

Source: Lambda API Reference, "FunctionName".
"""

import re
from typing import NamedTuple

from strongroom.core.arn import format_arn

LATEST = "$LATEST"
_NAME = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:)?(?:(?P<region>[a-z]{2}(?:-[a-z]+)+-\d):)?(?:(?P<account>\d{12}):)?(?:function:)?"
    r"(?P<name>[a-zA-Z0-9_-]{1,64})(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9_-]+))?",
    re.ASCII,
)


class FunctionReference(NamedTuple):
    """What a request says of a function; None where it says nothing."""

    name: str
    region: str | None
    account_id: str | None
    qualifier: str | None


def parse_function_name(text: str) -> FunctionReference | None:
    """Return the parts of a FunctionName, or None if it is none."""
    match = _NAME.fullmatch(text)
    return FunctionReference(match["name"], match["region"], match["account"], match["qualifier"]) if match else None


def function_arn(region: str, account_id: str, name: str) -> str:
    """Return the unqualified ARN."""
    return format_arn("lambda", region, account_id, f"function:{name}")
