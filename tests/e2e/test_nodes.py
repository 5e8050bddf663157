"""Two servers on one PostgreSQL: each sees the other's changes, and what they acknowledged survives both."""

import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from tests.e2e.test_server import ROOT_KEY, root_of
from tests.support.clients import Clients
from tests.support.process import ServerProcess, start, strongroom

SEEN_WITHIN_SECONDS = 1.0


@dataclass
class Installation:
    """One database, and nodes that were started on it."""

    directory: Path
    url: str
    stack: ExitStack
    nodes: list[ServerProcess] = field(default_factory=list)

    def data(self, number: int) -> Path:
        """Return the data directory of a node."""
        return self.directory / f"node{number}"

    def environment(self) -> dict[str, str]:
        """Return the variables that every node needs."""
        return {"STRONGROOM_DATABASE_URL": self.url, **ROOT_KEY}

    def join(self) -> ServerProcess:
        """Initialise another node with the first one's root key, and serve."""
        data = self.data(len(self.nodes))
        if self.nodes:
            data.mkdir(mode=0o700)
            shutil.copy2(self.data(0) / "root.key", data / "root.key")
        printed = strongroom("init", "--data-dir", str(data), env=self.environment()).stdout
        assert ("in the shared database already" in printed) == bool(self.nodes)
        return self.serve(len(self.nodes))

    def serve(self, number: int) -> ServerProcess:
        """Start a node."""
        arguments = ["serve", "--data-dir", str(self.data(number)), "--listen", "127.0.0.1:0", "--workers", "2"]
        running = start(arguments, self.environment(), stderr=self.data(number) / "log")
        self.stack.callback(running.stop)
        self.nodes[number:] = [running]
        return running


@pytest.fixture
def installation(tmp_path: Path, postgresql_url: str) -> Iterator[Installation]:
    """A database of its own with one node."""
    with ExitStack() as stack:
        made = Installation(tmp_path, postgresql_url, stack)
        made.join()
        yield made


def _eventually_disabled(clients: Clients, key_id: str) -> float:
    """Return the seconds until a node refuses the key; raises if it takes too long."""
    started = time.monotonic()
    while time.monotonic() - started < SEEN_WITHIN_SECONDS * 3:
        try:
            clients.kms.encrypt(KeyId=key_id, Plaintext=b"x")
        except clients.kms.exceptions.DisabledException:
            return time.monotonic() - started
    raise AssertionError("the other node never saw the change")


def test_a_change_on_one_node_is_honoured_by_the_other_within_a_second(installation: Installation) -> None:
    """A key that one node caches is disabled on the other."""
    one, two = root_of(installation.nodes[0]), root_of(installation.join())
    key_id = one.kms.create_key()["KeyMetadata"]["KeyId"]
    for _ in range(5):
        assert two.kms.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
        one.kms.disable_key(KeyId=key_id)
        assert _eventually_disabled(two, key_id) < SEEN_WITHIN_SECONDS
        one.kms.enable_key(KeyId=key_id)
        time.sleep(SEEN_WITHIN_SECONDS)


def test_what_one_node_stored_the_other_serves(installation: Installation) -> None:
    """Secrets, parameters and ciphertexts are one installation's."""
    one, two = root_of(installation.nodes[0]), root_of(installation.join())
    one.secretsmanager.create_secret(Name="shared", SecretString="value")
    assert two.secretsmanager.get_secret_value(SecretId="shared")["SecretString"] == "value"
    two.ssm.put_parameter(Name="/shared", Value="v", Type="SecureString")
    assert one.ssm.get_parameter(Name="/shared", WithDecryption=True)["Parameter"]["Value"] == "v"


def test_a_node_with_another_root_key_is_refused(installation: Installation) -> None:
    """Joining needs the installation's own root key."""
    refused = strongroom("init", "--data-dir", str(installation.directory / "stranger"), env=installation.environment(), check=False)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr


def test_nothing_acknowledged_is_lost_when_a_node_is_killed(installation: Installation) -> None:
    """The other node has everything, and goes on."""
    one, two = installation.nodes[0], installation.join()
    acknowledged: list[str] = []

    def write() -> None:
        clients = root_of(one)
        for number in range(10_000):
            try:
                clients.ssm.put_parameter(Name=f"/killed/{number}", Value=str(number), Type="String")
            except (BotoCoreError, ClientError):
                return
            acknowledged.append(f"/killed/{number}")

    writer = threading.Thread(target=write)
    writer.start()
    while len(acknowledged) < 20:
        time.sleep(0.01)
    one.process.send_signal(signal.SIGKILL)
    writer.join()
    survivor = root_of(two)
    for name in acknowledged:
        assert survivor.ssm.get_parameter(Name=name)["Parameter"]["Value"] == name.rpartition("/")[2]
