"""Tags of KMS keys.

Source: KMS API Reference, TagResource.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from strongroom.core.tags import differ_by_case_only
from strongroom.kms.errors import TagRefused
from strongroom.kms.rules.limits import TAGS_PER_KEY

RESERVED_PREFIX = "aws:"


def _ensure_not_reserved(keys: Iterable[str]) -> None:
    if any(key.lower().startswith(RESERVED_PREFIX) for key in keys):
        raise TagRefused("Tags beginning with aws: are reserved")


def with_tags(existing: Mapping[str, str], tags: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return `existing` with `tags` added; a tag that is there already gets the new value. Raises TagRefused."""
    added: dict[str, str] = {tag["TagKey"]: tag["TagValue"] for tag in tags}
    _ensure_not_reserved(added)
    if len(added) != len(tags):
        raise TagRefused("Duplicate tag keys")
    merged = {**existing, **added}
    if differ_by_case_only(merged):
        raise TagRefused("Duplicate tag keys")
    if len(merged) > TAGS_PER_KEY:
        raise TagRefused("Too many tags")
    return merged


def without_tags(existing: Mapping[str, str], keys: Sequence[str]) -> dict[str, str]:
    """Return `existing` without `keys`; keys that are not there are passed over. Raises TagRefused for AWS's own."""
    _ensure_not_reserved(keys)
    return {key: value for key, value in existing.items() if key not in keys}


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as KMS lists them, in the order of their keys."""
    return [{"TagKey": key, "TagValue": tags[key]} for key in sorted(tags)]
