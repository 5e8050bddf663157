"""Waiting for something that another thread or process does."""

import time
from collections.abc import Callable


def until(seconds: float, check: Callable[[], bool]) -> float:
    """Return the seconds until `check` held; fails if it does not within `seconds`."""
    started = time.monotonic()
    while not check():
        assert time.monotonic() - started < seconds, "it never came to hold"
        time.sleep(0.002)
    return time.monotonic() - started
