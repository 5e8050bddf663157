"""Tags of a parameter. Pure.

Source: AddTagsToResource API Reference; AWS General Reference, "Tagging AWS resources".
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from strongroom.core.errors import ValidationFailed
from strongroom.core.tags import differ_by_case_only
from strongroom.ssm.errors import TooManyTags
from strongroom.ssm.rules.limits import TAGS_PER_PARAMETER

if TYPE_CHECKING:
    from types_boto3_ssm.type_defs import TagTypeDef

RESERVED_PREFIX = "aws:"
CASE_ONLY = "Tag keys must differ by more than case."
RESERVED_KEY = "Tag keys that begin with aws: are reserved for AWS use."


def as_mapping(tags: Iterable["TagTypeDef"]) -> dict[str, str]:
    """Return tags as key -> value; of a key given twice the last one counts."""
    return {tag["Key"]: tag["Value"] for tag in tags}


def tagged(present: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """Return the tags after `added` were set. Raises ValidationFailed for a bad key, TooManyTags for more than fifty."""
    if any(key.lower().startswith(RESERVED_PREFIX) for key in added):
        raise ValidationFailed(RESERVED_KEY)
    after = {**present, **added}
    if differ_by_case_only(after):
        raise ValidationFailed(CASE_ONLY)
    if len(after) > TAGS_PER_PARAMETER:
        raise TooManyTags
    return after
