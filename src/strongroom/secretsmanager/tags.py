"""Tags of secrets.

Source: Secrets Manager User Guide, "Tag secrets in AWS Secrets Manager"; API Reference, TagResource.
"""

from collections.abc import Mapping
from typing import Any

from strongroom.core.tags import differ_by_case_only
from strongroom.secretsmanager.errors import InvalidParameter, LimitExceeded
from strongroom.secretsmanager.rules.limits import MOST_TAGS

RESERVED_PREFIX = "aws:"


def tags_in(request: Mapping[str, Any]) -> dict[str, str]:
    """Return the Tags member as key -> value; of equal keys the last counts."""
    return {tag.get("Key", ""): tag.get("Value", "") for tag in request.get("Tags") or ()}


def checked_tags(request: Mapping[str, Any]) -> dict[str, str]:
    """Return the Tags member. Raises InvalidParameter for a key that is missing, reserved or given twice."""
    keys = [tag.get("Key") for tag in request.get("Tags") or ()]
    if not all(keys):
        raise InvalidParameter("You must provide a Key for each tag.")
    if len(set(keys)) != len(keys):
        raise InvalidParameter("Duplicate tag keys are not allowed.")
    if any(key.lower().startswith(RESERVED_PREFIX) for key in keys):
        raise InvalidParameter("Tag keys can't begin with aws:. This prefix is reserved for AWS use.")
    return tags_in(request)


def merged_tags(
    present: Mapping[str, str], added: Mapping[str, str], limit_error: type[LimitExceeded | InvalidParameter]
) -> dict[str, str]:
    """Return both together, the added ones winning. Raises `limit_error` for more than 50, InvalidParameter for keys differing by case."""
    merged = {**present, **added}
    if differ_by_case_only(merged):
        raise InvalidParameter("Duplicate tag keys are not allowed.")
    if len(merged) > MOST_TAGS:
        raise limit_error(f"The number of tags on a secret can't exceed {MOST_TAGS}.")
    return merged


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]] | None:
    """Return the tags in AWS's list form, or None for none: absent members are left out."""
    return [{"Key": key, "Value": value} for key, value in tags.items()] or None
