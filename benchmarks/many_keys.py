"""A hundred thousand KMS keys in one account: what using and listing them costs then, beside a hundred.

Writes its table between the markers of docs/performance.md with --write. Keys are loaded through storage, in batches.
"""

import argparse
import base64
import hashlib
import json
import random
import statistics
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from connection import Connection
from processes import ROOT, Running, cpu_seconds, strongroom
from workloads import REGION

from strongroom.app.backends import open_database, open_ring
from strongroom.app.layout import DataDirectory
from strongroom.config import DEFAULT_ACCOUNT_ID, load
from strongroom.core.secret import SecretBytes
from strongroom.crypto.messages import BlobHeader, encrypt_message
from strongroom.crypto.random import random_bytes
from strongroom.kms.rules.context import context_aad
from strongroom.kms.rules.materials import imported_material_id
from strongroom.kms.seeding import GivenKey, insert_given_key

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- keys:begin -->", "<!-- keys:end -->"
BATCH = 1000
PAGE_KEYS = 100  # keys in a page of ListKeys unless the request says otherwise
ROUNDS = 5
Request = tuple[str, dict[str, Any]]


def key_id(number: int) -> str:
    """Return the id of a key; ids are spread as random ones are."""
    digits = hashlib.sha256(str(number).encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-8{digits[15:18]}-{digits[18:30]}"


def material(number: int) -> bytes:
    """Return the AES key of a key."""
    return hashlib.sha256(f"material {number}".encode()).digest()


def ciphertext(number: int) -> str:
    """Return what Encrypt would, as base64."""
    secret, name = SecretBytes(material(number)), key_id(number)
    header = BlobHeader(DEFAULT_ACCOUNT_ID, name, imported_material_id(name, secret.reveal()))
    blob = encrypt_message(
        secret, header, b"a secret of 32 bytes, like a key", context_aad(None), nonce=random_bytes(16), iv=random_bytes(12)
    )
    return base64.b64encode(blob).decode()


def fill(count: int, directory: Path) -> None:
    """Write `count` keys into a new installation."""
    settings = load({"data_dir": directory}, environ={})
    layout = DataDirectory(directory)
    database = open_database(settings, layout, open_ring(settings, layout), None)
    database.open()
    unit = database.begin(inline=False)
    for number in range(1, count + 1):
        given = GivenKey(
            account_id=DEFAULT_ACCOUNT_ID,
            region=REGION,
            key_id=key_id(number),
            spec="SYMMETRIC_DEFAULT",
            description=f"key number {number}",
            material=SecretBytes(material(number)),
        )
        insert_given_key(unit, given, float(number), random_bytes)
        if number % BATCH == 0 or number == count:
            database.commit(unit).result()
            unit = database.begin(inline=False)
    database.close()


@dataclass(frozen=True)
class Cost:
    """What one kind of request took: microseconds of the server's CPU, and milliseconds of the clock."""

    cpu: float
    p50: float
    p99: float


def measure(server: Running, requests: list[Request], repeat: int = ROUNDS) -> Cost:
    """Make the requests one after the other on one connection, in so many rounds; the cheapest round counts."""
    connection = Connection(server, "kms")
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


def pages(server: Running, limit: int) -> list[Request]:
    """Return a ListKeys for each page of up to 200 in a row."""
    connection = Connection(server, "kms")
    found: list[Request] = [("ListKeys", {"Limit": limit})]
    while len(found) < 200:
        answer = json.loads(connection.call(*found[-1]))
        if not answer["Truncated"]:
            break
        found.append(("ListKeys", {"Limit": limit, "Marker": answer["NextMarker"]}))
    connection.close()
    return found


def costs(server: Running, count: int, requests: int) -> dict[str, Cost]:
    """Return what each kind of request costs with `count` keys."""
    drawn = random.Random(7)  # noqa: S311 - the same keys in every run
    everything = drawn.sample(range(1, count + 1), k=min(count, 2 * requests))
    new, other = everything[: len(everything) // 2], everything[len(everything) // 2 :]
    one, some = count // 2, drawn.choices(other, k=requests)
    blob = ciphertext(one)
    found = {
        "DescribeKey, each key for the first time": measure(server, [("DescribeKey", {"KeyId": key_id(number)}) for number in new], 1),
        "Decrypt, each key for the first time": measure(
            server, [("Decrypt", {"CiphertextBlob": ciphertext(number)}) for number in other], 1
        ),
    }
    kinds: dict[str, list[Request]] = {
        "DescribeKey, one key": [("DescribeKey", {"KeyId": key_id(one)})] * requests,
        "DescribeKey, random keys": [("DescribeKey", {"KeyId": key_id(number)}) for number in some],
        "Decrypt, one key": [("Decrypt", {"CiphertextBlob": blob})] * requests,
        "Decrypt, random keys": [("Decrypt", {"CiphertextBlob": ciphertext(number)}) for number in some],
    }
    found |= {kind: measure(server, made) for kind, made in kinds.items()}
    for limit in (PAGE_KEYS, 1000):
        made = pages(server, limit)
        found[f"ListKeys, a page of {limit:,}"] = measure(server, made * max(1, 200 // len(made)))
    return found


def table(few: dict[str, Cost], many: dict[str, Cost], sizes: tuple[int, int]) -> str:
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


def write(figures: str) -> None:
    """Put the figures between the markers of the page."""
    text = PAGE.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n{figures}\n{END}{tail}", encoding="utf-8")


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=100)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args()
    found = []
    for count in (options.few, options.many):
        with strongroom(options.workers, fill=partial(fill, count)) as server:
            found.append(costs(server, count, options.requests))
    figures = table(found[0], found[1], (options.few, options.many))
    print(figures)
    if options.write:
        write(figures)
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main())
