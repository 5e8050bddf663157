"""Quotas that an operator may set: how many parameters, and how many requests a second.

Rates are held by each worker for itself, each with its share, so that no request waits for another process.
"""

import threading
from collections import OrderedDict

import msgspec

WINDOW_SECONDS = 1.0


class Throttle:
    """Counts requests in the last second by name. Exact within one process."""

    def __init__(self, workers: int) -> None:
        """Take the number of workers that share each rate."""
        self._workers = workers
        self._taken: dict[tuple[str, ...], OrderedDict[str, float]] = {}
        self._lock = threading.Lock()

    def take(self, name: tuple[str, ...], per_second: int, request_id: str, now: float) -> bool:
        """Count a request and return whether it is within the rate. A request that is run again counts once."""
        with self._lock:
            taken = self._taken.setdefault(name, OrderedDict())
            # Times to come are those of a clock that was put back meanwhile.
            while taken and not now - WINDOW_SECONDS < next(iter(taken.values())) <= now + WINDOW_SECONDS:
                taken.popitem(last=False)
            if request_id not in taken and len(taken) >= max(1, per_second // self._workers):
                return False
            taken.setdefault(request_id, now)
            return True


class ParameterQuotas(msgspec.Struct, frozen=True):
    """Quotas of Parameter Store for each account and Region. `requests` is None where rates are not held."""

    standard: int
    advanced: int
    requests: Throttle | None = None
