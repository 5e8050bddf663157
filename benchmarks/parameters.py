"""A million parameters in one account: what reading costs then, beside a thousand, and how much memory a worker takes.

Writes its table between the markers of docs/performance.md with --write. Parameters are loaded through storage, in batches.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing import Process
from pathlib import Path
from typing import Any

from connection import Connection
from processes import ROOT, Running, cpu_seconds, peak_memory, strongroom, tree
from workloads import REGION

from strongroom.app.backends import open_database, open_ring
from strongroom.app.layout import DataDirectory
from strongroom.config import DEFAULT_ACCOUNT_ID, load
from strongroom.core.secret import SecretBytes
from strongroom.ssm.records import Content, ParameterRecord
from strongroom.ssm.rules.names import parent_of
from strongroom.ssm.tables import PARAMETERS

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- parameters:begin -->", "<!-- parameters:end -->"
BATCH = 2000
TEN = 10
IN_USE = 10_000  # names that are read again and again, out of however many there are
DEEPEST = 14  # levels of a path that still has room for a parameter below it
MIB = 1024 * 1024


def group(number: int) -> str:
    """Return the path of ten parameters; the first few lie at depths from 1 to DEEPEST, the others at depth 2."""
    if number < DEEPEST:
        return "".join(f"/d{number:02d}" for _ in range(number + 1))
    return f"/g{number // 100:04d}/s{number % 100:02d}"


def names(count: int) -> Iterator[str]:
    """Yield the names of `count` parameters, ten in each group."""
    for number in range(count):
        yield f"{group(number // TEN)}/p{number % TEN}"


def fill(count: int, directory: Path) -> None:
    """Write `count` parameters into a new installation."""
    settings = load({"data_dir": directory}, environ={})
    layout = DataDirectory(directory)
    database = open_database(settings, layout, open_ring(settings, layout), None)
    database.open()
    content = {"version": 1, "type": "String", "tier": "Standard", "data_type": "text", "modified": 1.0}
    unit = database.begin(inline=False)
    for number, name in enumerate(names(count), 1):
        value = Content(value=SecretBytes(f"value of {name}".encode()), modified_by=f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:root", **content)
        key = {"account_id": DEFAULT_ACCOUNT_ID, "region": REGION, "name": name}
        unit.insert(PARAMETERS, ParameterRecord(**key, parent=parent_of(name), spelling=name, current=value))
        if number % BATCH == 0 or number == count:
            database.commit(unit).result()
            unit = database.begin(inline=False)
    database.close()


@dataclass(frozen=True)
class Cost:
    """What one kind of request took, in microseconds of the server's CPU and in milliseconds of the clock."""

    cpu: float
    p50: float
    p99: float


def measure(server: Running, requests: list[tuple[str, dict[str, Any]]], warm: int) -> Cost:
    """Make the requests one after the other on one connection; the first `warm` are not counted."""
    connection = Connection(server)
    for request in requests[:warm]:
        connection.call(*request)
    times: list[float] = []
    before = cpu_seconds(server.pid)
    counted = requests[warm:]
    for request in counted:
        started = time.perf_counter()
        connection.call(*request)
        times.append((time.perf_counter() - started) * 1000)
    used = cpu_seconds(server.pid) - before
    connection.close()
    return Cost(used / len(counted) * 1e6, statistics.median(times), statistics.quantiles(times, n=100)[98])


def gets(chosen: list[str]) -> list[tuple[str, dict[str, Any]]]:
    """Return a GetParameter for each name."""
    return [("GetParameter", {"Name": name}) for name in chosen]


def by_paths(paths: list[str], repeat: int, **more: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return a GetParametersByPath for each path, several times over."""
    return [("GetParametersByPath", {"Path": path, **more}) for _ in range(repeat) for path in paths]


def read_part(server: Running, count: int, part: int, parts: int) -> None:
    """Read every `parts`-th parameter once."""
    connection = Connection(server)
    for number, name in enumerate(names(count)):
        if number % parts == part:
            connection.call("GetParameter", {"Name": name})
    connection.close()


def read_all(server: Running, count: int, readers: int) -> int:
    """Read all parameters once, and return the most memory that a worker took, in bytes."""
    started = [Process(target=read_part, args=(server, count, part, readers)) for part in range(readers)]
    for reader in started:
        reader.start()
    for reader in started:
        reader.join()
        if reader.exitcode != 0:
            raise RuntimeError("a reader failed")
    return max(peak_memory(pid) for pid in tree(server.pid)[1:])


def costs(server: Running, count: int, requests: int) -> dict[str, Cost]:
    """Return what each kind of request costs with `count` parameters."""
    drawn = random.Random(7)  # noqa: S311 - the same names in every run
    everything = list(names(count))
    groups = min(count // TEN, DEEPEST)
    some = [group(drawn.randrange(groups, count // TEN)) for _ in range(200)]
    in_use = drawn.sample(everything, min(count, IN_USE))
    kinds: dict[str, Callable[[], list[tuple[str, dict[str, Any]]]]] = {
        "GetParameter, one name": lambda: gets([everything[count // 2]] * requests),
        "GetParameter, random names of the 10,000 in use": lambda: gets(in_use + drawn.choices(in_use, k=requests)),
        "GetParameter, random names of all": lambda: gets(drawn.choices(everything, k=requests)),
        "GetParametersByPath, ten of a level, random paths": lambda: by_paths(some, max(1, requests // 1000)),
    }
    for depth in (1, 4, 8, DEEPEST):
        kinds[f"GetParametersByPath, ten below {depth} levels"] = partial(by_paths, [group(depth - 1)], max(1, requests // 10))
    kinds["GetParametersByPath, first ten of everything, recursive"] = lambda: by_paths(["/"], max(1, requests // 10), Recursive=True)
    warm = {kind: len(in_use) if "in use" in kind else requests // 20 for kind in kinds}
    return {kind: measure(server, made(), warm[kind]) for kind, made in kinds.items()}


def table(few: dict[str, Cost], many: dict[str, Cost], sizes: tuple[int, int], memory: int) -> str:
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
    lines.append(f"\nMost memory of a worker (VmHWM, shared pages in full) after each of {large} was read once: {memory / MIB:.0f} MiB.")
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
    parser.add_argument("--few", type=int, default=1000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--readers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args()
    with strongroom(options.workers, fill=partial(fill, options.few)) as server:
        few = costs(server, options.few, options.requests)
    with strongroom(options.workers, fill=partial(fill, options.many)) as server:
        many = costs(server, options.many, options.requests)
        memory = read_all(server, options.many, options.readers)
    figures = table(few, many, (options.few, options.many), memory)
    print(figures)
    if options.write:
        write(figures)
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main())
