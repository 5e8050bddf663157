"""What the tests of Secrets Manager share."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Refusal = Callable[..., tuple[str, str]]


@pytest.fixture
def refused() -> Refusal:
    """Calls a client's method and returns the code and text of the error that it must raise."""

    def call(method: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as raised:
            method(**parameters)
        error = raised.value.response["Error"]
        return error["Code"], error["Message"]

    return call


@pytest.fixture
def token() -> Callable[[], str]:
    """Makes version ids."""
    return lambda: str(uuid.uuid4())


def allow(principal: str, *actions: str, effect: str = "Allow", **more: Any) -> str:
    """Return a resource policy for one principal."""
    statement = {"Effect": effect, "Principal": {"AWS": principal}, "Action": list(actions), "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def policy_for() -> Callable[..., str]:
    """Makes resource policies."""
    return allow
