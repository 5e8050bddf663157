"""Quotas and bounds of KMS.

Source: KMS Developer Guide, "Quotas", and the API Reference of each operation.
"""

from collections.abc import Mapping
from typing import Any

from strongroom.kms.errors import ValueTooLarge, ValueTooSmall

KEYS_PER_REGION = 100_000
ALIASES_PER_KEY = 50
GRANTS_PER_KEY = 50_000
TAGS_PER_KEY = 50
POLICY_BYTES = 32_768
CUSTOM_KEY_STORES = 10
ON_DEMAND_ROTATIONS = 25
ENCRYPTION_CONTEXT_BYTES = 8_192
PLAINTEXT_BYTES = 4_096
DATA_KEY_BYTES = {"AES_128": 16, "AES_256": 32}
SECONDS_PER_DAY = 86_400
LEAST_DELETION_DAYS = 7
MOST_DELETION_DAYS = 30
DEFAULT_ROTATION_DAYS = 365
SECONDS_BEFORE_ROTATION = 20 * 60  # an on-demand rotation this close to an automatic one conflicts
IMPORT_TOKEN_SECONDS = 24 * 3_600
MOST_IMPORT_SECONDS = 365 * SECONDS_PER_DAY
LONG_PAGE = 1_000
LONG_PAGE_DEFAULT = 100
SHORT_PAGE = 100
TAG_PAGE = 50
PAGE_DEFAULT = 50


def page_limit(request: Mapping[str, Any], most: int, default: int) -> int:
    """Return the page size that `request` asks for. Raises ValidationFailed above `most`; the model has checked >= 1."""
    limit: int = request.get("Limit", default)
    if limit > most:
        raise ValueTooLarge("limit", limit, most)
    return limit


def deletion_days(request: Mapping[str, Any]) -> int:
    """Return the waiting period in days, 30 by default. Raises ValidationFailed outside 7 to 30."""
    days: int = request.get("PendingWindowInDays", MOST_DELETION_DAYS)
    if days < LEAST_DELETION_DAYS:
        raise ValueTooSmall("pendingWindowInDays", days, LEAST_DELETION_DAYS)
    if days > MOST_DELETION_DAYS:
        raise ValueTooLarge("pendingWindowInDays", days, MOST_DELETION_DAYS)
    return days
