"""What the wire tests of Parameter Store share."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def failure(function: Callable[..., Any], /, **request: Any) -> tuple[str, str]:
    """Return the code and text of the error that a call ends with."""
    with pytest.raises(ClientError) as raised:
        function(**request)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def code_of(function: Callable[..., Any], /, **request: Any) -> str:
    """Return the code of the error that a call ends with."""
    return failure(function, **request)[0]


def names_in(answer: Any) -> list[str]:
    """Return the names of the parameters in an answer."""
    return [parameter["Name"] for parameter in answer["Parameters"]]


def allow(*actions: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    """Return a statement that allows actions."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def expiration(timestamp: str) -> dict[str, Any]:
    """Return an Expiration policy."""
    return {"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": timestamp}}


def as_json(*documents: dict[str, Any]) -> str:
    """Return a JSON array."""
    return json.dumps(documents)
