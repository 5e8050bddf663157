"""The condition keys of STS. Source: Service Authorization Reference, "AWS Security Token Service"."""

from collections.abc import Mapping
from typing import Any

from strongroom.calls.target import values_of
from strongroom.policy.decision import ContextValue, Values


def session_conditions(request: Mapping[str, Any]) -> dict[str, ContextValue]:
    """Return the keys that a request for a session defines; those that it lacks are left out."""
    named: dict[str, Values | None] = {
        "sts:externalid": values_of(request.get("ExternalId")),
        "sts:rolesessionname": values_of(request.get("RoleSessionName")),
        "sts:sourceidentity": values_of(request.get("SourceIdentity")),
        "sts:transitivetagkeys": tuple(request.get("TransitiveTagKeys", ())) or None,
        "aws:tagkeys": tuple(tag["Key"] for tag in request.get("Tags", ())) or None,
    }
    conditions: dict[str, ContextValue] = {name: values for name, values in named.items() if values is not None}
    conditions.update({f"aws:requesttag/{tag['Key'].lower()}": (tag["Value"],) for tag in request.get("Tags", ())})
    return conditions


MFA_CONDITIONS: dict[str, ContextValue] = {"aws:multifactorauthpresent": ("true",), "aws:multifactorauthage": ("0",)}
