"""Tags of a function. Pure.

Source: Lambda API Reference, TagResource.
"""

from collections.abc import Mapping

from strongroom.core.tags import differ_by_case_only
from strongroom.functions.errors import InvalidParameterValue
from strongroom.functions.rules.limits import MOST_TAGS


def with_tags(present: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """Return both together, the added ones winning. Raises InvalidParameterValue for too many, and for keys that differ by case only."""
    tags = {**present, **added}
    if len(tags) > MOST_TAGS:
        raise InvalidParameterValue(f"A function has at most {MOST_TAGS} tags.")
    if differ_by_case_only(tags):
        raise InvalidParameterValue("Tag keys must differ by more than case.")
    return tags
