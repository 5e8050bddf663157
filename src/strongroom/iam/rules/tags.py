"""Tags of IAM's resources: their keys differ by more than case. Pure.

Source: IAM User Guide, "Tags for AWS Identity and Access Management resources".
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from strongroom.iam.errors import InvalidInput, LimitExceeded
from strongroom.iam.limits import TAGS_PER_RESOURCE

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import TagTypeDef

RESERVED_PREFIX = "aws:"


def requested_tags(tags: Iterable["TagTypeDef"]) -> dict[str, str]:
    """Return the tags of a request. Raises InvalidInput for keys that differ by case only, or are AWS's own."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    for tag in tags:
        key = tag["Key"].lower()
        if key in seen:
            raise InvalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        if key.startswith(RESERVED_PREFIX):
            raise InvalidInput("Tag keys starting with 'aws:' are reserved for system use.")
        seen.add(key)
        found[tag["Key"]] = tag["Value"]
    return found


def with_tags(old: Mapping[str, str], new: Mapping[str, str], owner: str) -> dict[str, str]:
    """Return `old` with `new` laid on it; `owner` names the quota. Raises LimitExceeded."""
    replaced = {key.lower() for key in new}
    tags = {key: value for key, value in old.items() if key.lower() not in replaced} | dict(new)
    if len(tags) > TAGS_PER_RESOURCE:
        raise LimitExceeded.of(f"TagsPer{owner}", TAGS_PER_RESOURCE)
    return tags


def without_tags(old: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
    """Return `old` without the tags of these keys; keys that it lacks are ignored."""
    removed = {key.lower() for key in keys}
    return {key: value for key, value in old.items() if key.lower() not in removed}
