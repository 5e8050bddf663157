"""What calls cost on a full server beside a nearly empty one: one connection, requests one after the other."""

import argparse
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from connection import Connection
from page import write
from processes import Running, cpu_seconds, strongroom

ROUNDS = 5
Request = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Cost:
    """What one kind of request took: microseconds of the server's CPU, and milliseconds of the clock."""

    cpu: float
    p50: float
    p99: float


def measure(server: Running, service: str, requests: Sequence[Request], *, repeat: int = ROUNDS, warm: int = 0) -> Cost:
    """Make the requests one after the other on one connection, in so many rounds; the cheapest round counts, the first `warm` not."""
    connection = Connection(server, service)
    for request in requests[:warm]:
        connection.call(*request)
    cost = min((_round(server, connection, requests[warm:]) for _ in range(repeat)), key=lambda each: each.cpu)
    connection.close()
    return cost


def _round(server: Running, connection: Connection, requests: Sequence[Request]) -> Cost:
    times: list[float] = []
    before = cpu_seconds(server.pid)
    for request in requests:
        started = time.perf_counter()
        connection.call(*request)
        times.append((time.perf_counter() - started) * 1000)
    used = cpu_seconds(server.pid) - before
    return Cost(used / len(requests) * 1e6, statistics.median(times), statistics.quantiles(times, n=100)[98])


def table(few: Mapping[str, Cost], many: Mapping[str, Cost], sizes: tuple[int, int]) -> str:
    """Return the figures as Markdown."""
    small, large = (f"{size:,}" for size in sizes)
    lines = [
        f"| Call | CPU us at {small} | CPU us at {large} | ratio | p50 ms at {small} | p50 ms at {large} | p99 ms at {large} |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for kind, cost in many.items():
        before = few[kind]
        figures = (f"{before.cpu:.0f}", f"{cost.cpu:.0f}", f"{cost.cpu / before.cpu:.2f}")
        clock = (f"{before.p50:.2f}", f"{cost.p50:.2f}", f"{cost.p99:.2f}")
        lines.append(f"| {kind} | {' | '.join((*figures, *clock))} |")
    return "\n".join(lines)


def arguments(description: str | None, *, many: int, requests: int) -> argparse.ArgumentParser:
    """Return what all of these benchmarks take on the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--few", type=int, default=100)
    parser.add_argument("--many", type=int, default=many)
    parser.add_argument("--requests", type=int, default=requests)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    return parser


def compare(
    name: str, options: argparse.Namespace, fill: Callable[[int, Path], None], costs: Callable[[Running, int, int], dict[str, Cost]]
) -> None:
    """Print what calls cost with few and with many things, and with --write put it into the page under `name`."""
    found = []
    for count in (options.few, options.many):
        with strongroom(options.workers, fill=partial(fill, count)) as server:
            found.append(costs(server, count, options.requests))
    figures = table(found[0], found[1], (options.few, options.many))
    print(figures)
    if options.write:
        write(name, figures)
