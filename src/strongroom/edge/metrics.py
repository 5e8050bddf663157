"""Counts of requests and their durations, for Prometheus. Plain integers, because one request should cost well under a microsecond.

Only names of the service models and our own error codes become labels, so clients can't make new time series.
"""

from bisect import bisect_left
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SUCCESS = "Success"


class Metrics(Collector):
    """This process's requests. Registers itself with `registry`, which may hold other collectors too."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
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

    def collect(self) -> Iterator[CounterMetricFamily | HistogramMetricFamily]:
        """Yield what Prometheus reads."""
        counter = CounterMetricFamily("strongroom_requests", "Answered requests.", labels=("service", "operation", "code"))
        for labels, count in self._requests.items():
            counter.add_metric(labels, count)
        yield counter
        histogram = HistogramMetricFamily("strongroom_request_seconds", "Time from the whole request to its answer, in seconds.")
        total = 0
        buckets: list[tuple[str, float]] = []
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), self._buckets, strict=True):
            total += count
            buckets.append((bound, total))
        histogram.add_metric((), buckets, self._seconds)
        yield histogram

    def render(self) -> bytes:
        """Return everything in the registry in the Prometheus text format."""
        return generate_latest(self._registry)
