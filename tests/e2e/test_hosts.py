"""A node on a host of its own whose network cable is pulled. Run by `make soak`, since it needs root for network namespaces."""

import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.support.hosts import HERE, NETWORK, Host
from tests.support.nodes import ROOT_KEY, Installation, root_of
from tests.support.process import ROOT, clean_environment
from tests.support.replica import TcpServer

CUT_SECONDS = 6.0
BACK_SECONDS = 15.0
STALE_SECONDS = 1.0


class ReachableServer(TcpServer):
    """PostgreSQL that other hosts reach."""

    def __init__(self) -> None:
        super().__init__()
        self.settings = (*self.settings, f"listen_addresses=127.0.0.1,{HERE}")
        with (self._data / "pg_hba.conf").open("a", encoding="ascii") as rules:
            rules.write(f"host all all {NETWORK} trust\n")

    def at(self, address: str) -> str:
        """Return the URL at which a host reaches it."""
        return f"postgresql://strongroom@{address}:{self.port}/postgres?sslmode=disable&gssencmode=disable"


@pytest.mark.soak
def test_a_host_whose_cable_is_pulled_uses_no_key_that_was_disabled_meanwhile(tmp_path: Path) -> None:
    """It answers with a retryable error after a second at the latest, and by itself again once the cable is back."""
    with Host() as host, ExitStack() as stack:
        server = ReachableServer()
        stack.callback(server.remove)
        server.start()
        stack.callback(server.stop)
        made = Installation(tmp_path, [server.at("127.0.0.1"), server.at(HERE)], stack, workers=1, inside={1: host.inside})
        one = root_of(made.join())
        stack.callback(one.close)
        far = made.join()
        key_id = one.kms.create_key()["KeyMetadata"]["KeyId"]
        command = [*host.inside, sys.executable, "-m", "tests.support.probe", far.url, *ROOT_KEY.values(), key_id]
        environment = clean_environment({"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"})
        with (tmp_path / "probe").open("wb") as output:
            probe = subprocess.Popen(command, env=environment, stdout=output)
        time.sleep(5.0)
        host.pull()
        one.kms.disable_key(KeyId=key_id)
        disabled = time.monotonic()
        time.sleep(CUT_SECONDS)
        host.plug()
        back = time.monotonic()
        time.sleep(BACK_SECONDS)
        probe.terminate()
        probe.wait()
        asked = [(float(began), outcome) for began, outcome in (line.split() for line in (tmp_path / "probe").read_text().splitlines())]
    assert "Success" in {outcome for began, outcome in asked if began < disabled}
    late = {outcome for began, outcome in asked if disabled + STALE_SECONDS < began < back}
    assert late == {"ServiceUnavailable"}
    assert asked[-1][1] == "DisabledException"
