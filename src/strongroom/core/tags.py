"""What every service's tags have in common.

Condition keys such as aws:ResourceTag/team ignore case. So of two tags whose keys differ by case only, one could pass what a
policy asks about the request while the other answers what a policy asks about the resource: such a pair is never stored.
"""

from collections.abc import Iterable


def differ_by_case_only(keys: Iterable[str]) -> bool:
    """Return whether two different keys among `keys` become equal once their case is ignored."""
    distinct = set(keys)
    return len({key.lower() for key in distinct}) < len(distinct)
