"""A million parameters in one account: what reading costs then, beside a thousand, and how much memory a worker takes.

Writes its table between the markers of docs/performance.md with --write. Parameters are loaded through storage, in batches.
"""

import random
import sys
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing import Process
from pathlib import Path
from typing import Any

from connection import Connection
from fullness import Cost, Request, arguments, measure, table
from page import write
from processes import Running, peak_memory, strongroom, tree
from workloads import REGION

from strongroom.app.backends import open_database, open_ring
from strongroom.app.layout import DataDirectory
from strongroom.config import DEFAULT_ACCOUNT_ID, load
from strongroom.core.secret import SecretBytes
from strongroom.ssm.records import Content, ParameterRecord
from strongroom.ssm.rules.names import parent_of
from strongroom.ssm.tables import PARAMETERS

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


def gets(chosen: list[str]) -> list[Request]:
    """Return a GetParameter for each name."""
    return [("GetParameter", {"Name": name}) for name in chosen]


def by_paths(paths: list[str], repeat: int, **more: Any) -> list[Request]:
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
    kinds: dict[str, Callable[[], list[Request]]] = {
        "GetParameter, one name": lambda: gets([everything[count // 2]] * requests),
        "GetParameter, random names of the 10,000 in use": lambda: gets(in_use + drawn.choices(in_use, k=requests)),
        "GetParameter, random names of all": lambda: gets(drawn.choices(everything, k=requests)),
        "GetParametersByPath, ten of a level, random paths": lambda: by_paths(some, max(1, requests // 1000)),
    }
    for depth in (1, 4, 8, DEEPEST):
        kinds[f"GetParametersByPath, ten below {depth} levels"] = partial(by_paths, [group(depth - 1)], max(1, requests // 10))
    kinds["GetParametersByPath, first ten of everything, recursive"] = lambda: by_paths(["/"], max(1, requests // 10), Recursive=True)
    warm = {kind: len(in_use) if "in use" in kind else requests // 20 for kind in kinds}
    return {kind: measure(server, "ssm", made(), repeat=1, warm=warm[kind]) for kind, made in kinds.items()}


def main() -> int:
    """Run the benchmark."""
    parser = arguments(__doc__, many=1_000_000, requests=20_000)
    parser.add_argument("--readers", type=int, default=2)
    parser.set_defaults(few=1000)
    options = parser.parse_args()
    with strongroom(options.workers, fill=partial(fill, options.few)) as server:
        few = costs(server, options.few, options.requests)
    with strongroom(options.workers, fill=partial(fill, options.many)) as server:
        many = costs(server, options.many, options.requests)
        memory = read_all(server, options.many, options.readers)
    used = f"Most memory of a worker (VmHWM, shared pages in full) after each of {options.many:,} was read once: {memory / MIB:.0f} MiB."
    figures = f"{table(few, many, (options.few, options.many))}\n\n{used}"
    print(figures)
    if options.write:
        write("parameters", figures)
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main())
