"""The condition keys that a Parameter Store request itself gives.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Systems Manager".
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.calls.target import Conditions
from strongroom.policy.decision import Values
from strongroom.ssm.rules.tags import as_mapping

if TYPE_CHECKING:
    from types_boto3_ssm.type_defs import GetParametersByPathRequestTypeDef, PutParameterRequestTypeDef


def _said(*, value: bool) -> Values:
    return ("true" if value else "false",)


def put_conditions(call: Call, request: "PutParameterRequestTypeDef") -> Conditions:
    """Return the keys of PutParameter: whether it may overwrite, whether it sets policies, and its tags."""
    return {
        "ssm:overwrite": _said(value=request.get("Overwrite", False)),
        "ssm:policies": _said(value="Policies" in request),
        **tag_conditions(call, request),
    }


def path_conditions(call: Call, request: "GetParametersByPathRequestTypeDef") -> Conditions:
    """Return the key of GetParametersByPath: whether it reads the whole subtree."""
    del call
    return {"ssm:recursive": _said(value=request.get("Recursive", False))}


def tag_conditions(call: Call, request: Mapping[str, Any]) -> Conditions:
    """Return the keys of a request that sets or removes tags."""
    del call
    tags = as_mapping(request.get("Tags") or ())
    found: dict[str, Values] = {f"aws:requesttag/{key.lower()}": (value,) for key, value in tags.items()}
    if keys := (*tags, *(request.get("TagKeys") or ())):
        found["aws:tagkeys"] = keys
    return found


def resource_tag_conditions(tags: Mapping[str, str]) -> Conditions:
    """Return ssm:resourceTag/... of a parameter."""
    return {f"ssm:resourcetag/{key.lower()}": (value,) for key, value in tags.items()}
