"""How much of a session token its policies and tags take. Pure."""

import zlib
from collections.abc import Iterable, Mapping

from strongroom.sts.errors import PackedPolicyTooLarge

ALLOTTED_BYTES = 4096  # compressed; AWS does not publish its own


def packed_size(policies: Iterable[str], arns: Iterable[str], tags: Mapping[str, str]) -> int:
    """Return the percentage of the allotted space. Raises PackedPolicyTooLarge above 100."""
    parts = [*policies, *arns, *(text for pair in tags.items() for text in pair)]
    size = len(zlib.compress("\n".join(parts).encode()))
    percent = -(-size * 100 // ALLOTTED_BYTES)
    if percent > 100:  # noqa: PLR2004 - per cent
        raise PackedPolicyTooLarge(percent)
    return percent
