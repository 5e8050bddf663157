"""Session tags: which are accepted, and which a session passes on. Pure.

Source: IAM User Guide, "Pass session tags in AWS STS".
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from strongroom.sts.errors import InvalidParameterValue

if TYPE_CHECKING:
    from types_boto3_sts.type_defs import TagTypeDef

DUPLICATE_KEYS = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
TRANSITIVE_KEY_MISSING = "The specified transitive tag key must be included in the requested tags."
TRANSITIVE_KEY_CONFLICTS = (
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."
)


def requested_tags(tags: Sequence["TagTypeDef"]) -> dict[str, str]:
    """Return the tags of a request. Raises InvalidParameterValue for keys that differ by case only."""
    if len({tag["Key"].lower() for tag in tags}) < len(tags):
        raise InvalidParameterValue(DUPLICATE_KEYS)
    return {tag["Key"]: tag["Value"] for tag in tags}


def inherited_tags(tags: Mapping[str, str], transitive: Iterable[str]) -> dict[str, str]:
    """Return the tags that a session passes on to the next one."""
    keys = {key.lower() for key in transitive}
    return {key: value for key, value in tags.items() if key.lower() in keys}


def ensure_consistent(tags: Mapping[str, str], transitive: Sequence[str], inherited: Mapping[str, str]) -> None:
    """Return if the transitive keys are among the requested tags and no inherited tag is overridden. Raises InvalidParameterValue."""
    keys = {key.lower() for key in tags}
    if not {key.lower() for key in transitive} <= keys:
        raise InvalidParameterValue(TRANSITIVE_KEY_MISSING)
    if keys & {key.lower() for key in inherited}:
        raise InvalidParameterValue(TRANSITIVE_KEY_CONFLICTS)
