"""Counts of requests and their durations, for Prometheus. Plain integers, because one request should cost well under a microsecond.

Only names of the service models and our own error codes become labels, so clients can't make new time series. Each worker leaves
its figures in a file that the others add to theirs, so `/metrics` tells of the whole server whichever worker answers.
"""

import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SUCCESS = "Success"
ERROR = "Error"
# The file of a worker that is older was left by one that was killed: its counts stand, its queues are gone.
FRESH_SECONDS = 10.0


class Series(msgspec.Struct):
    """Requests of one service, operation and code: counts of durations by bucket, and their sum."""

    buckets: list[int] = msgspec.field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    seconds: float = 0.0

    def add(self, other: "Series") -> None:
        """Add the counts of another."""
        self.buckets = [mine + theirs for mine, theirs in zip(self.buckets, other.buckets, strict=True)]
        self.seconds += other.seconds


class Figures(msgspec.Struct):
    """One worker's requests by service, operation and code (joined by tabs), and what its gauges show."""

    requests: dict[str, Series] = {}
    gauges: dict[str, int] = {}

    def add(self, other: "Figures") -> None:
        """Add the figures of another worker to these."""
        for place, series in other.requests.items():
            self.requests.setdefault(place, Series()).add(series)
        for name, value in other.gauges.items():
            self.gauges[name] = self.gauges.get(name, 0) + value


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
        self._requests: dict[tuple[str, str, str], Series] = {}
        self._gauges: dict[str, tuple[str, Callable[[], int]]] = {}
        registry.register(self)

    def observe(self, service: str, operation: str, code: str, seconds: float) -> None:
        """Count one answered request; an empty code is a success."""
        place = (service, operation, code or SUCCESS)
        series = self._requests.get(place)
        if series is None:
            series = self._requests[place] = Series()
        series.buckets[bisect_left(BUCKETS, seconds)] += 1
        series.seconds += seconds

    def gauge(self, name: str, description: str, read: Callable[[], int]) -> None:
        """Show what `read` returns, summed over the workers. It is called from any thread, once the process serves."""
        self._gauges[name] = (description, read)

    def snapshot(self) -> bytes:
        """Return this process's figures as it shares them."""
        return msgspec.json.encode(self._own())

    def collect(self) -> Iterator[CounterMetricFamily | HistogramMetricFamily | GaugeMetricFamily]:
        """Yield what Prometheus reads."""
        figures = self._own()
        for other in self._others():
            figures.add(other)
        yield from _requests(figures)
        for name, (description, _) in self._gauges.items():
            yield GaugeMetricFamily(name, description, value=figures.gauges.get(name, 0))

    def describe(self) -> Iterator[CounterMetricFamily]:
        """Return nothing: the names are our own, and reading gauges has to wait until the process serves."""
        return iter(())

    def render(self) -> bytes:
        """Return everything in the registry in the Prometheus text format."""
        return generate_latest(self._registry)

    def _own(self) -> Figures:
        # copied first, because other threads read while the event loop counts
        requests = {"\t".join(place): Series(list(each.buckets), each.seconds) for place, each in self._requests.copy().items()}
        return Figures(requests, {name: read() for name, (_, read) in self._gauges.copy().items()})

    def _others(self) -> Iterator[Figures]:
        if self._shared is None:
            return
        for path in self._shared.iterdir():
            if path.name != self._name and path.suffix != ".new":
                try:
                    figures = msgspec.json.decode(path.read_bytes(), type=Figures)
                    age = time.time() - path.stat().st_mtime
                except (OSError, msgspec.MsgspecError):
                    continue  # being replaced at this moment
                yield figures if age < FRESH_SECONDS else Figures(figures.requests)


def _requests(figures: Figures) -> Iterator[CounterMetricFamily | HistogramMetricFamily]:
    counter = CounterMetricFamily("strongroom_requests", "Answered requests.", labels=("service", "operation", "code"))
    outcomes: dict[tuple[str, str, str], Series] = {}
    for place, series in figures.requests.items():
        service, operation, code = place.split("\t")
        counter.add_metric((service, operation, code), sum(series.buckets))
        outcome = SUCCESS if code == SUCCESS else ERROR
        outcomes.setdefault((service, operation, outcome), Series()).add(series)
    yield counter
    yield _histogram(outcomes)


def _histogram(outcomes: dict[tuple[str, str, str], Series]) -> HistogramMetricFamily:
    description = "Time from the whole request to its answer, in seconds."
    histogram = HistogramMetricFamily("strongroom_request_seconds", description, labels=("service", "operation", "outcome"))
    for labels, series in outcomes.items():
        total = 0
        buckets: list[tuple[str, float]] = []
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), series.buckets, strict=True):
            total += count
            buckets.append((bound, total))
        histogram.add_metric(labels, buckets, series.seconds)
    return histogram
