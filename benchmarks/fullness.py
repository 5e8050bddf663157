"""What calls cost on a full server beside a nearly empty one: one connection, requests one after the other."""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connection import Connection
from processes import Running, cpu_seconds

ROUNDS = 5
Request = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Cost:
    """What one kind of request took: microseconds of the server's CPU, and milliseconds of the clock."""

    cpu: float
    p50: float
    p99: float


def measure(server: Running, service: str, requests: Sequence[Request], repeat: int = ROUNDS) -> Cost:
    """Make the requests one after the other on one connection, in so many rounds; the cheapest round counts."""
    connection = Connection(server, service)
    rounds: list[Cost] = []
    for _ in range(repeat):
        times: list[float] = []
        before = cpu_seconds(server.pid)
        for request in requests:
            started = time.perf_counter()
            connection.call(*request)
            times.append((time.perf_counter() - started) * 1000)
        used = cpu_seconds(server.pid) - before
        rounds.append(Cost(used / len(requests) * 1e6, statistics.median(times), statistics.quantiles(times, n=100)[98]))
    connection.close()
    return min(rounds, key=lambda cost: cost.cpu)


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


def write(page: Path, begin: str, end: str, figures: str) -> None:
    """Put the figures between the markers of the page."""
    text = page.read_text(encoding="utf-8")
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    page.write_text(f"{head}{begin}\n{figures}\n{end}{tail}", encoding="utf-8")
