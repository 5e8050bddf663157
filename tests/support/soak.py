"""A mixed load on several nodes that keeps account of what was acknowledged and of what must be refused."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from botocore.exceptions import BotoCoreError, ClientError
from tests.support.clients import Clients
from tests.support.nodes import root_of
from tests.support.process import ServerProcess
from tests.support.writing import RETRY_SECONDS, UNAVAILABLE, Threads

THINK_SECONDS = 0.01  # after each answer: a machine without any idle time would be measured, and not the servers
STALE_SECONDS = 1.0
FORBIDDEN_SECONDS = 2.0
NAMES = 10  # each is written again and again, so that what is stored does not grow


def tree(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [pid, *(found for child in children for found in tree(int(child)))]


def memory(pid: int) -> int:
    """Return what a process and its descendants hold in memory of their own, in bytes: pages that no file backs, shared ones once."""
    total = 0
    for member in tree(pid):
        try:
            lines = Path(f"/proc/{member}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue  # it has just ended
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:")))
    return total


class Load(Threads):
    """For each node a writer, a reader and a client of a key that is disabled and enabled all the time.

    Attributes:
        written: the newest acknowledged value of each parameter.
        stale: seconds for which a disabled key was still used, where that was too long.
        unexpected: answers that no client would try again.
        counts: answers by what was asked and how it went.
        forbidden: how often the key was disabled.
    """

    def __init__(self, nodes: Sequence[ServerProcess]) -> None:
        super().__init__()
        self.written: dict[str, int] = {}
        self.stale: list[float] = []
        self.unexpected: list[str] = []
        self.counts: Counter[tuple[str, str]] = Counter()
        self.forbidden = 0
        self._clients = [root_of(node) for node in nodes]
        self._forbidden_since: float | None = None
        root = self._clients[0]
        self._key_id = root.kms.create_key()["KeyMetadata"]["KeyId"]
        root.secretsmanager.create_secret(Name="soak", SecretString="value")
        self._threads = [threading.Thread(target=self._toggle, name="toggle")]
        for number in range(len(nodes)):
            for work in (self._write, self._read, self._encrypt):
                self._threads.append(threading.Thread(target=work, args=(root_of(nodes[number]), number)))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        super().__exit__(kind, error, trace)
        for clients in self._clients:
            clients.close()

    @property
    def acknowledged(self) -> int:
        """Return how many writes were acknowledged."""
        return self.counts["PutParameter", "Success"]

    def lost(self, clients: Clients) -> list[str]:
        """Return the parameters whose acknowledged value is gone. A later one may be there: its answer was lost."""
        found = {name: int(clients.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]) for name in self.written}
        return [name for name, value in self.written.items() if found[name] < value]

    def _ask(self, name: str, call: Callable[[], object]) -> str:
        """Make one call and return how it went: "Success", the code of a refusal, or "unavailable"."""
        try:
            call()
        except ClientError as error:
            refused = error.response["ResponseMetadata"]["HTTPStatusCode"] < UNAVAILABLE
            outcome = error.response["Error"]["Code"] if refused else "unavailable"
        except BotoCoreError:
            outcome = "unavailable"
        else:
            outcome = "Success"
        self.counts[name, outcome] += 1
        time.sleep(RETRY_SECONDS if outcome == "unavailable" else THINK_SECONDS)
        return outcome

    def _expect(self, outcome: str, *expected: str) -> None:
        if outcome not in ("Success", "unavailable", *expected):
            self.unexpected.append(outcome)

    def _write(self, clients: Clients, node: int) -> None:
        for value in itertools.count(1):
            if self._stop.is_set():
                break
            name = f"/soak/{node}/{value % NAMES}"
            outcome = self._ask(
                "PutParameter",
                lambda: clients.ssm.put_parameter(Name=name, Value=str(value), Type="SecureString", Overwrite=True),  # noqa: B023
            )
            self._expect(outcome, "ThrottlingException", "TooManyUpdates")
            if outcome == "Success":
                self.written[name] = value
        clients.close()

    def _read(self, clients: Clients, _node: int) -> None:
        while not self._stop.is_set():
            self._expect(self._ask("GetSecretValue", lambda: clients.secretsmanager.get_secret_value(SecretId="soak")))
        clients.close()

    def _encrypt(self, clients: Clients, _node: int) -> None:
        while not self._stop.is_set():
            since, started = self._forbidden_since, time.monotonic()
            outcome = self._ask("Encrypt", lambda: clients.kms.encrypt(KeyId=self._key_id, Plaintext=b"x"))
            self._expect(outcome, "DisabledException")
            if outcome == "Success" and since is not None and since == self._forbidden_since and started - since > STALE_SECONDS:
                self.stale.append(started - since)
        clients.close()

    def _toggle(self) -> None:
        while not self._stop.is_set():
            self._anywhere("DisableKey", lambda clients: clients.kms.disable_key(KeyId=self._key_id))
            self._forbidden_since = time.monotonic()
            self.forbidden += 1
            self._stop.wait(FORBIDDEN_SECONDS)
            self._forbidden_since = None
            self._anywhere("EnableKey", lambda clients: clients.kms.enable_key(KeyId=self._key_id))
            self._stop.wait(FORBIDDEN_SECONDS / 4)

    def _anywhere(self, name: str, call: Callable[[Clients], object]) -> None:
        """Make a call through one node after the other until it is acknowledged."""
        for clients in itertools.cycle(self._clients):
            if self._ask(name, lambda: call(clients)) == "Success":  # noqa: B023
                return
