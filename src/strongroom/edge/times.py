"""Times on the wire: epoch numbers (json), ISO 8601 (query), and SigV4's basic format. All UTC; floats are epoch seconds."""

import math
import re
from datetime import UTC, datetime
from functools import lru_cache

EARLIEST = -62135596800.0  # 0001-01-01T00:00:00Z
LATEST = 253402300799.999  # 9999-12-31T23:59:59.999Z
BASIC_LENGTH = len("YYYYMMDDTHHMMSSZ")
_BASIC = re.compile(r"[0-9]{8}T[0-9]{6}Z", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)


def epoch_from_number(value: float) -> float:
    """Return `value` as epoch seconds. Raises ValueError outside the years 1 to 9999 and for what is no finite number."""
    if not math.isfinite(value) or not EARLIEST <= value <= LATEST:
        raise ValueError("outside the years 1 to 9999")
    return float(value)


def epoch_from_text(text: str) -> float:
    """Return epoch seconds of an ISO 8601 time (UTC unless it says otherwise) or of a decimal number. Raises ValueError."""
    if _NUMBER.fullmatch(text):
        return epoch_from_number(float(text))
    moment = datetime.fromisoformat(text)
    return epoch_from_number((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def iso_from_epoch(seconds: float) -> str:
    """Return `2024-01-01T00:00:00Z`: whole seconds, as IAM and STS answer."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=1024)
def epoch_from_basic(text: str) -> float | None:
    """Return epoch seconds of `20240101T000000Z`, or None for anything else. Many requests share one second, hence the cache."""
    if len(text) != BASIC_LENGTH or not _BASIC.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%S%z").timestamp()
    except ValueError:
        return None


def basic_from_epoch(seconds: float) -> str:
    """Return `20240101T000000Z`."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y%m%dT%H%M%SZ")
