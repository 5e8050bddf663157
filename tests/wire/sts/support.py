"""Policies and roles for the wire tests of STS."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.clients import Clients

ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ASSUME = {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}


def document(*statements: dict[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def role(clients: Clients, name: str, trusted: str, *statements: dict[str, Any], **condition: Any) -> str:
    """Make a role that trusts `trusted`, under a Condition if any, and return its ARN."""
    trust = {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}
    if condition:
        trust["Condition"] = condition
    made = clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]
    if statements:
        clients.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(*statements))
    return made["Arn"]


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    """Return code and text of the error that `call` must end in."""
    with pytest.raises(ClientError) as raised:
        call()
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]
