"""Clients that write all the time through several nodes, and remember what was acknowledged."""

import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from botocore.exceptions import BotoCoreError, ClientError
from tests.support.clients import Clients
from tests.support.nodes import root_of
from tests.support.process import ServerProcess

RETRY_SECONDS = 0.05
UNAVAILABLE = 500


class Threads:
    """Threads that work as long as the block that they are entered for, or until `_stop` is set."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


class Writers(Threads):
    """One thread for each node. Each writes parameters under a path of its own, one after the other."""

    def __init__(self, nodes: Sequence[ServerProcess]) -> None:
        super().__init__()
        self.acknowledged: list[tuple[str, str]] = []
        self.unexpected: list[str] = []
        self._threads = [threading.Thread(target=self._write, args=(root_of(node), number)) for number, node in enumerate(nodes)]

    def wait_for_more(self, count: int, seconds: float) -> None:
        """Return once `count` more writes were acknowledged."""
        wanted, deadline = len(self.acknowledged) + count, time.monotonic() + seconds
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < deadline, "writes are not acknowledged"
            time.sleep(0.02)

    def missing(self, clients: Clients) -> list[str]:
        """Return the acknowledged writes that `clients` do not find."""
        lost = []
        for name, value in self.acknowledged:
            try:
                found = clients.ssm.get_parameter(Name=name)["Parameter"]["Value"]
            except clients.ssm.exceptions.ParameterNotFound:
                found = ""
            if found != value:
                lost.append(name)
        return lost

    def _write(self, clients: Clients, node: int) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            name = f"/written/{node}/{number}"
            try:
                clients.ssm.put_parameter(Name=name, Value=str(number), Type="String")
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] < UNAVAILABLE:
                    self.unexpected.append(str(error))
                time.sleep(RETRY_SECONDS)
            except BotoCoreError:
                time.sleep(RETRY_SECONDS)
            else:
                self.acknowledged.append((name, str(number)))
        clients.close()
