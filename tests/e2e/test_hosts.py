"""Nodes on hosts of their own, one of which has its network cable pulled. Run by `make soak`, since network namespaces need root."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from tests.support.hosts import NETWORKS, Host
from tests.support.nodes import ROOT_KEY, Installation
from tests.support.process import ROOT, ServerProcess, clean_environment
from tests.support.replica import TcpServer

CUT_SECONDS = 6.0
BACK_SECONDS = 15.0
STALE_SECONDS = 1.0
SETTLED_SECONDS = 5.0
CALL = """
import sys
from tests.support.clients import Clients
answer = getattr(Clients(*sys.argv[1:4]).kms, sys.argv[4])(**dict(each.split("=", 1) for each in sys.argv[5:]))
print(answer.get("KeyMetadata", {}).get("KeyId", ""))
"""


class ReachableServer(TcpServer):
    """PostgreSQL that other hosts reach."""

    def __init__(self, addresses: list[str]) -> None:
        super().__init__()
        self.settings = (*self.settings, f"listen_addresses={','.join(addresses)}")
        with (self._data / "pg_hba.conf").open("a", encoding="ascii") as rules:
            rules.write(f"host all all {NETWORKS} trust\n")

    def at(self, address: str) -> str:
        """Return the URL at which a host reaches it."""
        return f"postgresql://strongroom@{address}:{self.port}/postgres?sslmode=disable&gssencmode=disable"


def call(host: Host, node: ServerProcess, operation: str, **arguments: str) -> str:
    """Call KMS on a host's node from the same host, and return the key's id."""
    command = [*host.inside, sys.executable, "-c", CALL, node.url, *ROOT_KEY.values(), operation]
    command += [f"{name}={value}" for name, value in arguments.items()]
    return subprocess.run(command, env=_environment(), check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def probing(host: Host, node: ServerProcess, key_id: str, output: Path) -> Iterator[None]:
    """Encrypt all the time on a host, and write into `output` how it goes."""
    command = [*host.inside, sys.executable, "-m", "tests.support.probe", node.url, *ROOT_KEY.values(), key_id]
    with output.open("wb") as file:
        probe = subprocess.Popen(command, env=_environment(), stdout=file)
    try:
        yield
    finally:
        probe.terminate()
        probe.wait()


def asked(output: Path) -> list[tuple[float, str]]:
    """Return when each call began and how it went."""
    return [(float(began), outcome) for began, outcome in (line.split() for line in output.read_text(encoding="ascii").splitlines())]


def _environment() -> dict[str, str]:
    return clean_environment({"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"})


@pytest.mark.soak
def test_a_host_whose_cable_is_pulled_uses_no_key_that_was_disabled_meanwhile(tmp_path: Path) -> None:
    """It answers with a retryable error after a second, and by itself again once the cable is back; the other host's node goes on."""
    with Host(1) as near, Host(2) as far, ExitStack() as stack:
        server = ReachableServer([near.here, far.here, "127.0.0.1"])
        stack.callback(server.remove)
        server.start()
        stack.callback(server.stop)
        # what initialises a node runs here, and the node itself on its host
        inside = {0: near.inside, 1: far.inside}
        made = Installation(tmp_path, [server.at(near.here), server.at(far.here)], stack, workers=1, inside=inside)
        nodes = [made.join(), made.join()]
        key_id, other = (call(near, nodes[0], "create_key") for _ in range(2))
        with probing(near, nodes[0], other, tmp_path / "near"), probing(far, nodes[1], key_id, tmp_path / "far"):
            time.sleep(SETTLED_SECONDS)
            far.pull()
            call(near, nodes[0], "disable_key", KeyId=key_id)
            disabled = time.monotonic()
            time.sleep(CUT_SECONDS)
            far.plug()
            back = time.monotonic()
            time.sleep(BACK_SECONDS)
    cut_off, connected = asked(tmp_path / "far"), asked(tmp_path / "near")
    assert "Success" in {outcome for began, outcome in cut_off if began < disabled}
    assert {outcome for began, outcome in cut_off if disabled + STALE_SECONDS < began < back} == {"ServiceUnavailable"}
    assert cut_off[-1][1] == "DisabledException"
    assert {outcome for _, outcome in connected} == {"Success"}
