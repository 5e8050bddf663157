"""Waiting for something that another thread or process does."""

import time
from collections.abc import Callable


def until(seconds: float, check: Callable[[], bool], every: float = 0.002) -> float:
    """Return the seconds until `check` held; fails if it does not within `seconds`. It is asked `every` so many seconds."""
    started = time.monotonic()
    while not check():
        assert time.monotonic() - started < seconds, "it never came to hold"
        time.sleep(every)
    return time.monotonic() - started
