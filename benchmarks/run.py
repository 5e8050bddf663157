"""`make bench`: CPU microseconds a request of the hot calls, beside moto_server in the same run.

Writes the table between the markers of docs/performance.md with --write.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from load import Measurement, load
from processes import ROOT, Running, moto, proportional_memory, strongroom, tree
from workloads import WORKLOADS, Workload, freeze

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


@dataclass(frozen=True)
class Row:
    """One call on both servers."""

    workload: Workload
    ours: Measurement
    peer: Measurement | None


def measure(server: Running, workload: Workload, connections: int, seconds: float) -> Measurement:
    """Return the cost of a call, after a short load that warms the caches."""
    caller = workload.caller(server) if workload.caller else server
    arguments = workload.prepare(server)
    load(server, freeze(caller, workload, arguments), connections=connections, seconds=1)
    return load(server, freeze(caller, workload, arguments), connections=connections, seconds=seconds)


def table(rows: list[Row], idle_memory: int) -> str:
    """Return the figures as Markdown."""
    lines = [
        "| Call | CPU us a request | requests/s | p50 ms | p99 ms | moto_server CPU us | ratio |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        ours = row.ours
        peer = f"{row.peer.cpu_microseconds:.0f} | {row.peer.cpu_microseconds / ours.cpu_microseconds:.1f}" if row.peer else "- | -"
        speed = f"{ours.cpu_microseconds:.0f} | {ours.requests_per_second:.0f} | {ours.p50_ms:.2f} | {ours.p99_ms:.2f}"
        lines.append(f"| {row.workload.name} | {speed} | {peer} |")
    lines.append(f"\nProportional memory (PSS) of an idle worker: {idle_memory / 1024 / 1024:.0f} MiB.")
    return "\n".join(lines)


def write(figures: str) -> None:
    """Put the figures between the markers of the page."""
    text = PAGE.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n{figures}\n{END}{tail}", encoding="utf-8")


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="substring of the calls to measure")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args()
    chosen = [workload for workload in WORKLOADS if options.only in workload.name]
    with strongroom(options.workers) as server:
        idle = max(proportional_memory(pid) for pid in tree(server.pid)[1:])
        ours = [measure(server, workload, options.connections, options.seconds) for workload in chosen]
    peer: list[Measurement | None] = [None] * len(chosen)
    if not options.no_peer:
        with moto() as server:
            peer = [measure(server, workload, options.connections, options.seconds) for workload in chosen]
    figures = table([Row(*row) for row in zip(chosen, ours, peer, strict=True)], idle)
    print(figures)
    if options.write:
        write(figures)
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main())
