"""Counts of requests and their durations, for Prometheus. Plain integers, because one request should cost well under a microsecond.

Only names of the service models and our own error codes become labels, so clients can't make new time series. Each worker leaves
its figures in a file that the others add to theirs, so `/metrics` tells of the whole server whichever worker answers.
"""

from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SUCCESS = "Success"


class Figures(msgspec.Struct):
    """One worker's counts: of requests by service, operation and code, and of durations by bucket."""

    requests: dict[str, int] = {}
    buckets: list[int] = msgspec.field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    seconds: float = 0.0

    def add(self, other: "Figures") -> None:
        """Add the counts of another worker to these."""
        for place, count in other.requests.items():
            self.requests[place] = self.requests.get(place, 0) + count
        self.buckets = [mine + theirs for mine, theirs in zip(self.buckets, other.buckets, strict=True)]
        self.seconds += other.seconds


class Metrics(Collector):
    """This process's requests. Registers itself with `registry`, which may hold other collectors too.

    Args:
        shared: directory of the workers' files; absent, only this process is counted.
        name: this worker's own file there, which is not added again.
    """

    def __init__(self, registry: CollectorRegistry, shared: Path | None = None, name: str = "") -> None:
        self._registry = registry
        self._shared = shared
        self._name = name
        self._requests: dict[tuple[str, str, str], int] = {}
        self._buckets = [0] * (len(BUCKETS) + 1)
        self._seconds = 0.0
        registry.register(self)

    def observe(self, service: str, operation: str, code: str, seconds: float) -> None:
        """Count one answered request; an empty code is a success."""
        place = (service, operation, code or SUCCESS)
        self._requests[place] = self._requests.get(place, 0) + 1
        self._buckets[bisect_left(BUCKETS, seconds)] += 1
        self._seconds += seconds

    def snapshot(self) -> bytes:
        """Return this process's figures as it shares them."""
        return msgspec.json.encode(self._own())

    def collect(self) -> Iterator[CounterMetricFamily | HistogramMetricFamily]:
        """Yield what Prometheus reads."""
        figures = self._own()
        for other in self._others():
            figures.add(other)
        counter = CounterMetricFamily("strongroom_requests", "Answered requests.", labels=("service", "operation", "code"))
        for place, count in figures.requests.items():
            counter.add_metric(place.split("\t"), count)
        yield counter
        yield _histogram(figures)

    def render(self) -> bytes:
        """Return everything in the registry in the Prometheus text format."""
        return generate_latest(self._registry)

    def _own(self) -> Figures:
        # copied first, because other threads read while the event loop counts
        requests = {"\t".join(place): count for place, count in self._requests.copy().items()}
        return Figures(requests, list(self._buckets), self._seconds)

    def _others(self) -> Iterator[Figures]:
        if self._shared is None:
            return
        for path in self._shared.iterdir():
            if path.name != self._name and path.suffix != ".new":
                try:
                    yield msgspec.json.decode(path.read_bytes(), type=Figures)
                except (OSError, msgspec.MsgspecError):
                    continue  # being replaced at this moment


def _histogram(figures: Figures) -> HistogramMetricFamily:
    histogram = HistogramMetricFamily("strongroom_request_seconds", "Time from the whole request to its answer, in seconds.")
    total = 0
    buckets: list[tuple[str, float]] = []
    for bound, count in zip((*map(str, BUCKETS), "+Inf"), figures.buckets, strict=True):
        total += count
        buckets.append((bound, total))
    histogram.add_metric((), buckets, figures.seconds)
    return histogram
