"""Whether slow work leaves quick work alone: p99 of Decrypt while clients create RSA-4096 keys, beside its quiet value."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from load import Measurement, load
from processes import Running, strongroom
from workloads import WORKLOADS, client, freeze

CREATORS = 4


@contextmanager
def key_creators(server: Running) -> Iterator[None]:
    """Have CREATORS clients create RSA-4096 keys without pause."""
    stopping = threading.Event()

    def create() -> None:
        kms = client(server, "kms")
        while not stopping.is_set():
            kms.create_key(KeySpec="RSA_4096", KeyUsage="SIGN_VERIFY")

    threads = [threading.Thread(target=create) for _ in range(CREATORS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def fairness(workers: int, connections: int, seconds: float) -> tuple[Measurement, Measurement]:
    """Return Decrypt quiet, and beside the creators."""
    decrypt = next(each for each in WORKLOADS if each.name == "Decrypt")
    with strongroom(workers) as server:
        requests = freeze(server, decrypt, decrypt.prepare(server))
        load(server, requests, connections=connections, seconds=1)
        quiet = load(server, requests, connections=connections, seconds=seconds)
        with key_creators(server):
            beside = load(server, requests, connections=connections, seconds=seconds)
    return quiet, beside
