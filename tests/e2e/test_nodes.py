"""Two servers on one PostgreSQL: each sees the other's changes, and what they acknowledged survives both."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from tests.support.nodes import Installation, root_of
from tests.support.postgresql import PostgresqlServer
from tests.support.process import strongroom


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, postgresql_server: PostgresqlServer) -> Iterator[Installation]:
    """A database of its own with two nodes. The last test kills the first of them."""
    with ExitStack() as stack:
        made = Installation(tmp_path_factory.mktemp("nodes"), [postgresql_server.new_database()], stack)
        made.join()
        made.join()
        yield made


def test_what_one_node_stored_the_other_serves(installation: Installation) -> None:
    """Secrets, parameters and ciphertexts are one installation's."""
    one, two = root_of(installation.nodes[0]), root_of(installation.nodes[1])
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
    one, two = installation.nodes
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
