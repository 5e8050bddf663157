"""The condition keys that IAM's requests define. Source: Service Authorization Reference, "AWS Identity and Access Management"."""

from collections.abc import Mapping
from typing import Any

from strongroom.calls.call import Call
from strongroom.calls.target import Conditions
from strongroom.policy.decision import ContextValue


def creating(_: Call, request: Mapping[str, Any]) -> Conditions:
    """Give aws:RequestTag, aws:TagKeys and iam:PermissionsBoundary of a request that makes or tags something."""
    tags = request.get("Tags", ())
    keys = (*(tag["Key"] for tag in tags), *request.get("TagKeys", ()))
    conditions: dict[str, ContextValue] = {f"aws:requesttag/{tag['Key'].lower()}": (tag["Value"],) for tag in tags}
    if keys:
        conditions["aws:tagkeys"] = keys
    if "PermissionsBoundary" in request:
        conditions["iam:permissionsboundary"] = (request["PermissionsBoundary"],)
    return conditions


def naming_policy(_: Call, request: Mapping[str, Any]) -> Conditions:
    """Give iam:PolicyARN of a request that attaches or detaches a policy."""
    return {"iam:policyarn": (request["PolicyArn"],)}
