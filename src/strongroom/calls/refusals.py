"""Refusals of requests that nobody is known to have signed: recorded one by one up to a rate, beyond it counted for a summary.

Whoever can reach the server can be refused as fast as it answers, and each event takes room on the disk. AWS records no such request
at all. Calls of an authenticated principal are never counted here: each has its event.
"""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from typing import Any

from strongroom.audit.times import iso_seconds
from strongroom.calls.jobs import ServiceEvent

PER_SECOND = 10.0
BURST_SECONDS = 100.0  # a bucket holds what so many seconds let through
SOURCE_SHARE = 0.5  # of the rate, for one address: no single one can hide what others do
SUMMARY_SECONDS = 60.0
MOST_SOURCES = 4096  # addresses that have a bucket of their own; the ones used longest ago are forgotten
MOST_NAMED = 20  # addresses that a summary names
EVENT_NAME = "RequestsRefusedBeforeAuthentication"
_NETWORK_BITS = 64


class Bucket:
    """Fills at `rate` tokens a second up to `room`; a wall clock that goes back only delays it."""

    __slots__ = ("_at", "_rate", "_room", "tokens")

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._room = self.tokens = max(1.0, rate * BURST_SECONDS)
        self._at = now

    def fill(self, now: float) -> None:
        """Add what has come since the last call."""
        self.tokens = min(self._room, self.tokens + max(0.0, now - self._at) * self._rate)
        self._at = now


@dataclass(slots=True)
class Summary:
    """What was counted since `since`, in seconds since the epoch: by error code, and by source (an address or a /64 network)."""

    since: float
    until: float = 0.0
    codes: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    unnamed: int = 0

    def add(self, source: str, code: str, now: float) -> None:
        """Count one refusal."""
        self.until = max(self.until, now)
        self.codes[code] += 1
        if source in self.sources or len(self.sources) < MOST_SOURCES:
            self.sources[source] += 1
        else:
            self.unnamed += 1

    def facts(self) -> Mapping[str, Any]:
        """Return what the event of this summary says."""
        named = dict(self.sources.most_common(MOST_NAMED))
        total = self.codes.total()
        return {
            "count": total,
            "from": iso_seconds(int(self.since)),
            "to": iso_seconds(int(self.until)),
            "byErrorCode": dict(self.codes),
            "bySourceIPAddress": named,
            "fromOtherAddresses": total - sum(named.values()),
        }


class RefusalMeter:
    """One process's buckets and its open summary. Safe to use from many threads.

    Attributes:
        summarised: refusals that were counted and not recorded one by one, since the start.
    """

    def __init__(self, per_second: float = PER_SECOND) -> None:
        self._per_second = per_second
        self._all: Bucket | None = None
        self._sources: dict[str, Bucket] = {}
        self._summary: Summary | None = None
        self._lock = threading.Lock()
        self.summarised = 0

    def admits(self, address: str, code: str, now: float) -> bool:
        """Return whether a refusal is to be recorded by itself; if not, it has been counted."""
        source = network_of(address)
        with self._lock:
            everyone, mine = self._overall(now), self._bucket(source, now)
            everyone.fill(now)
            mine.fill(now)
            if mine.tokens >= 1 and everyone.tokens >= 1:
                mine.tokens -= 1
                everyone.tokens -= 1
                return True
            if self._summary is None:
                self._summary = Summary(now)
            self._summary.add(source, code, now)
            self.summarised += 1
            return False

    def due(self, now: float, *, at_once: bool = False) -> Summary | None:
        """Return the summary if its interval is over (or `at_once`, if there is any): the caller records it, or gives it back."""
        with self._lock:
            summary = self._summary
            if summary is None or not (at_once or not 0 <= now - summary.since < SUMMARY_SECONDS):
                return None
            self._summary = None
            return summary

    def give_back(self, summary: Summary) -> None:
        """Keep a summary that could not be recorded, together with what was counted meanwhile."""
        with self._lock:
            if self._summary is not None:
                summary.until = max(summary.until, self._summary.until)
                summary.codes.update(self._summary.codes)
                summary.sources.update(self._summary.sources)
                summary.unnamed += self._summary.unnamed
            self._summary = summary

    def _overall(self, now: float) -> Bucket:
        if self._all is None:
            self._all = Bucket(self._per_second, now)
        return self._all

    def _bucket(self, source: str, now: float) -> Bucket:
        bucket = self._sources.pop(source, None)
        if bucket is None:
            bucket = Bucket(self._per_second * SOURCE_SHARE, now)
            if len(self._sources) >= MOST_SOURCES:
                del self._sources[next(iter(self._sources))]
        self._sources[source] = bucket  # the one used last stands last
        return bucket


def network_of(address: str) -> str:
    """Return the address, or the /64 of an IPv6 one: a client has all of that network to choose from."""
    if ":" not in address:
        return address
    try:
        return f"{IPv6Address(int(IPv6Address(address.partition('%')[0])) >> _NETWORK_BITS << _NETWORK_BITS)}/{_NETWORK_BITS}"
    except ValueError:
        return address


def summary_event(summary: Summary, region: str) -> ServiceEvent:
    """Return the event of a summary; no account's trail holds it, as with the refusals that are recorded one by one."""
    return ServiceEvent("unknown.amazonaws.com", EVENT_NAME, "", region, additional=summary.facts())
