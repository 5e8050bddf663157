"""Dates as CloudTrail writes them."""

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=1024)
def iso_seconds(second: int) -> str:
    """Return whole seconds since the epoch as ISO 8601 in UTC: `2026-01-31T09:05:00Z`."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=1024)
def parameter_date(seconds: float) -> str:
    """Return a date inside request parameters or response elements: `Jan 31, 2026, 9:05:00 AM`.

    Source: log entries in the KMS Developer Guide, "Logging AWS KMS API calls with AWS CloudTrail".
    """
    try:
        at = datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return str(seconds)  # beyond any calendar; the call itself will have been refused
    return f"{at:%b} {at.day}, {at.year}, {at.hour % 12 or 12}:{at:%M:%S %p}"
