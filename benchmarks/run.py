"""`make bench`: CPU microseconds a request of the hot calls, beside moto_server and nginx in the same run; `make bench-full` measures all.

With --write the tables go between the markers of docs/performance.md, and the plot beside it.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fairness import CREATORS, fairness
from floor import nginx
from load import Measurement, load
from page import write
from plot import bars
from processes import ROOT, Running, moto, proportional_memory, strongroom, tree
from workloads import FURTHER, WORKLOADS, WRITES, Workload, freeze

PLOT = ROOT / "docs" / "performance.svg"
LEVELS = (1, 16, 64)  # connections, in the full run
WRITERS = 32  # connections of the writing workloads
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Options:
    """What is asked for on the command line."""

    connections: int
    seconds: float
    workers: int
    only: str
    peer: bool
    full: bool
    database_url: str | None


@dataclass(frozen=True)
class Row:
    """One call on both servers."""

    workload: Workload
    ours: Measurement
    peer: Measurement | None


def measure(server: Running, workload: Workload, connections: Sequence[int], seconds: float) -> list[Measurement]:
    """Return the cost of a call at each number of connections, after a short load that warms the caches."""
    caller = workload.caller(server) if workload.caller else server
    arguments = workload.prepare(server)
    if workload.writes:
        return [load(server, freeze(caller, workload, arguments), connections=connections[0], seconds=seconds)]
    load(server, freeze(caller, workload, arguments), connections=connections[0], seconds=1)
    return [load(server, freeze(caller, workload, arguments), connections=each, seconds=seconds) for each in connections]


def _speed(name: str, found: Measurement) -> str:
    return (
        f"| {name} | {found.cpu_microseconds:.0f} | {found.requests_per_second:.0f} "
        f"| {found.p50_ms:.2f} | {found.p99_ms:.2f} | {found.p999_ms:.2f} |"
    )


def table(rows: Sequence[Row], floor: Measurement | None) -> Iterator[str]:
    """Yield the comparison as Markdown."""
    yield "| Call | CPU us a request | requests/s | p50 ms | p99 ms | p99.9 ms | moto_server CPU us | ratio |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for row in rows:
        peer = (
            f" {row.peer.cpu_microseconds:.0f} | {row.peer.cpu_microseconds / row.ours.cpu_microseconds:.1f} |" if row.peer else " - | - |"
        )
        yield _speed(row.workload.name, row.ours) + peer
    if floor:
        yield _speed("nginx, a constant answer", floor) + " - | - |"


def memory_text(idle: int, ours: Sequence[Measurement], peer: Sequence[Measurement | None]) -> str:
    """Return what memory the servers use."""
    peers = [found.memory for found in peer if found]
    most = f"; moto_server's: {max(peers) / MEBIBYTE:.0f} MiB" if peers else ""
    loaded = max(found.memory for found in ours) / MEBIBYTE
    return (
        f"\nProportional memory (PSS): an idle worker {idle / MEBIBYTE:.0f} MiB; the whole process tree under load {loaded:.0f} MiB{most}."
    )


def compared(options: Options) -> tuple[list[str], list[Row]]:
    """Return the figures of the hot calls, ours and the peer's."""
    chosen = [each for each in (*WORKLOADS, *(FURTHER if options.full else ())) if options.only in each.name]
    connections = (options.connections,)
    with strongroom(options.workers, options.database_url) as server:
        idle = max(proportional_memory(pid) for pid in tree(server.pid)[1:])
        ours = [measure(server, each, connections, options.seconds)[0] for each in chosen]
    peer: list[Measurement | None] = [None] * len(chosen)
    if options.peer:
        with moto() as server:
            peer = [measure(server, each, connections, options.seconds)[0] for each in chosen]
    with strongroom(1) as server:
        sample = freeze(server, WORKLOADS[0], WORKLOADS[0].prepare(server))
    with nginx(options.workers) as still:
        floor = load(still, sample, connections=options.connections, seconds=options.seconds) if still else None
    rows = [Row(*row) for row in zip(chosen, ours, peer, strict=True)]
    return [*table(rows, floor), memory_text(idle, ours, peer)], rows


def levels(options: Options) -> Iterator[str]:
    """Yield the hot calls at each number of connections."""
    yield "\n| Call, connections | CPU us a request | requests/s | p50 ms | p99 ms | p99.9 ms |\n| --- | ---: | ---: | ---: | ---: | ---: |"
    with strongroom(options.workers, options.database_url) as server:
        for workload in WORKLOADS:
            found = measure(server, workload, LEVELS, options.seconds)
            yield from (_speed(f"{workload.name}, {count}", each) for count, each in zip(LEVELS, found, strict=True))


def writes(options: Options) -> Iterator[str]:
    """Yield durable writes: each is on the disk before it is answered."""
    yield f"\nDurable writes at {WRITERS} connections:\n"
    yield "| Call | CPU us a request | requests/s | p50 ms | p99 ms | p99.9 ms |\n| --- | ---: | ---: | ---: | ---: | ---: |"
    with strongroom(options.workers, options.database_url) as server:
        for workload in WRITES:
            yield _speed(workload.name, measure(server, workload, (WRITERS,), min(options.seconds, 3))[0])


def fair(options: Options) -> str:
    """Return how much slow work disturbs quick work."""
    quiet, beside = fairness(options.workers, options.connections, options.seconds)
    return (
        f"\np99 of Decrypt at {options.connections} connections: {quiet.p99_ms:.2f} ms; while {CREATORS} clients create RSA-4096 keys: "
        f"{beside.p99_ms:.2f} ms ({beside.p99_ms / quiet.p99_ms:.1f} times)."
    )


def draw(rows: Sequence[Row]) -> None:
    """Draw the plot beside the page."""
    drawn = [(row.workload.name, row.ours.cpu_microseconds, row.peer.cpu_microseconds) for row in rows if row.peer]
    if drawn:
        PLOT.write_text(bars(drawn), encoding="utf-8")


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="substring of the calls to measure")
    parser.add_argument("--no-peer", dest="peer", action="store_false")
    parser.add_argument("--full", action="store_true", help="every number of connections, more calls, writes, fairness")
    parser.add_argument("--writes", action="store_true", help="durable writes only")
    parser.add_argument("--database-url", default=None, help="measure on PostgreSQL instead of the embedded database")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/performance.md")
    given = vars(parser.parse_args())
    into_page, writes_only = given.pop("write"), given.pop("writes")
    options = Options(**given)
    if writes_only:
        print("\n".join(writes(options)))
        return 0
    lines, rows = compared(options)
    if options.full:
        lines += [*levels(options), *writes(options), fair(options)]
    figures = "\n".join(lines)
    print(figures)
    if into_page:
        write("bench", figures)
        draw(rows)
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main())
