"""Shared by the wire tests of KMS: errors as facts, and keys with policies."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from tests.support.clients import Clients

if TYPE_CHECKING:
    from types_boto3_kms import KMSClient

UNKNOWN_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
DRY_RUN = "The request would have succeeded, but the DryRun option is set."


@contextmanager
def refused(code: str, message: str | None = "anything") -> Iterator[None]:
    """Expect an error with this code and this text (`anything` passes over the text, None is no text) and HTTP status 400."""
    with pytest.raises(ClientError) as caught:
        yield
    answer: Any = caught.value.response
    assert answer["Error"]["Code"] == code, answer["Error"]
    if message != "anything":
        assert answer["Error"].get("Message", "") == (message or "")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400


def each_refused(code: str, message: str | None, *calls: Callable[[], object]) -> None:
    """Expect the same error from every call."""
    for call in calls:
        with refused(code, message):
            call()


def advance_schedule(url: str, seconds: float) -> None:
    """Set a server's schedule clock ahead, and do what is due."""
    request = urllib.request.Request(f"{url}/_dev/advance", data=str(seconds).encode(), method="POST")  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=30):  # noqa: S310 - loopback
        pass


def make_key(kms: "KMSClient", **parameters: Any) -> str:
    """Create a key and return its ARN."""
    return kms.create_key(**parameters)["KeyMetadata"]["Arn"]


def root(account_id: str) -> str:
    """Return the ARN of an account."""
    return f"arn:aws:iam::{account_id}:root"


def allow(principal: Any, action: Any = "kms:*", **more: Any) -> dict[str, Any]:
    """Return an Allow statement of a key policy."""
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*", **more}


def document(*statements: dict[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def account_policy(clients: Clients, *more: dict[str, Any]) -> str:
    """Return a key policy that lets the account decide, and whatever else is given."""
    return document(allow(root(clients.account_id)), *more)


MakeUser = Callable[..., Clients]
MakeAccount = Callable[[], Clients]
