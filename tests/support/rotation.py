"""Clients that log in to a database all the time with what Secrets Manager says, and count what is refused."""

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aws_secretsmanager_caching import SecretCache, SecretCacheConfig
from tests.support.clients import Clients
from tests.support.databases import REFUSED, connect

DAY = 86400
RETRY_SECONDS = 5.0
PAUSE_SECONDS = 0.01  # between two logins of a client, so that the server and the functions get on


def advance(url: str, seconds: float) -> None:
    """Let the schedule clock run ahead, and return once the rotations that are due have ended."""
    request = urllib.request.Request(f"{url}/_dev/advance", data=str(seconds).encode(), method="POST")  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 - as above
        assert answer.status == 200


@dataclass
class Counts:
    """What the clients met: logins, attempts that were repeated with what the secret said next, and logins that failed for good."""

    logins: int = 0
    repeated: int = 0
    refused: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def login(self, read: Callable[[], dict[str, Any]], patience: float) -> None:
        """Read the secret and log in; a refused login counts once `patience` seconds of reading anew have not helped."""
        deadline = time.monotonic() + patience
        while True:
            fields = read()
            try:
                connect(fields).close()
            except REFUSED as error:
                if time.monotonic() < deadline:
                    with self.lock:
                        self.repeated += 1
                    time.sleep(0.05)
                    continue
                with self.lock:
                    self.refused.append(f"{fields['username']}: {error}")
            with self.lock:
                self.logins += 1
            return


@contextmanager
def logging_in(clients: Clients, secret_id: str, patience: float = 0.0) -> Iterator[Counts]:
    """Log in from two threads until the block ends: one asks GetSecretValue each time, one AWS's caching client."""
    counts, ended = Counts(), threading.Event()
    direct, cached = clients.in_region(clients.region), clients.in_region(clients.region)
    cache = SecretCache(config=SecretCacheConfig(secret_refresh_interval=1), client=cached.secretsmanager)

    def ask() -> dict[str, Any]:
        fields: dict[str, Any] = json.loads(direct.secretsmanager.get_secret_value(SecretId=secret_id)["SecretString"])
        return fields

    def ask_cache() -> dict[str, Any]:
        fields: dict[str, Any] = json.loads(cache.get_secret_string(secret_id))
        return fields

    def run(read: Callable[[], dict[str, Any]]) -> None:
        while not ended.wait(PAUSE_SECONDS):
            counts.login(read, patience)

    threads = [threading.Thread(target=run, args=(read,)) for read in (ask, ask_cache)]
    for thread in threads:
        thread.start()
    try:
        yield counts
    finally:
        ended.set()
        for thread in threads:
            thread.join()
        direct.close()
        cached.close()
