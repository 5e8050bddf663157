"""A server killed with -9 at any moment starts again with everything that it acknowledged."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from tests.e2e.test_server import serving
from tests.support.clients import Clients
from tests.support.nodes import ROOT_KEY, root_of
from tests.support.process import ServerProcess, start, strongroom

WRITERS = 4
PROCESSES = 3  # two workers and the one for timed work
MOMENTS = (0.05, 0.3, 0.9)


def _write(clients: Clients, writer: int, acknowledged: dict[str, str], stop: threading.Event) -> None:
    """Write secrets and parameters until the server is gone; remember what was acknowledged."""
    count = 0
    while not stop.is_set():
        name, value = f"/crash/{writer}/{count}", f"value {writer} {count}"
        try:
            if count % 2:
                clients.ssm.put_parameter(Name=name, Value=value, Type="SecureString")
            else:
                clients.secretsmanager.create_secret(Name=name, SecretString=value)
        except (BotoCoreError, ClientError):
            return
        acknowledged[name] = value
        count += 1


def _descendants(pid: int) -> list[int]:
    """Return the processes below `pid`; those that end meanwhile are left out."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [int(child) for child in children] + [found for child in children for found in _descendants(int(child))]


def _kill_all(running: ServerProcess) -> None:
    """Kill the parent and every worker at once, with no chance to close anything."""
    family = [running.process.pid, *_descendants(running.process.pid)]
    for pid in family:
        os.kill(pid, signal.SIGKILL)
    running.stop(signal.SIGKILL)


@pytest.mark.parametrize("moment", MOMENTS)
def test_nothing_acknowledged_is_lost_when_the_server_is_killed(tmp_path: Path, moment: float) -> None:
    """Writers run while it dies; after the restart every acknowledged value is there, and the audit chains are whole."""
    data = tmp_path / "data"
    strongroom("init", "--data-dir", str(data), env=ROOT_KEY)
    running = start(["serve", "--data-dir", str(data), "--listen", "127.0.0.1:0"])
    acknowledged: dict[str, str] = {}
    stop = threading.Event()
    writers = [threading.Thread(target=_write, args=(root_of(running), number, acknowledged, stop)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    while not acknowledged:
        time.sleep(0.01)
    time.sleep(moment)
    _kill_all(running)
    stop.set()
    for writer in writers:
        writer.join()
    with serving(data) as again:
        root = root_of(again)
        for name, value in acknowledged.items():
            if int(name.rpartition("/")[2]) % 2:
                assert root.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == value
            else:
                assert root.secretsmanager.get_secret_value(SecretId=name)["SecretString"] == value
    verified = strongroom("audit", "verify", "--data-dir", str(data), check=False)
    assert verified.returncode == 0, verified.stdout


def _wait_for_processes(running: ServerProcess, without: set[int]) -> set[int]:
    """Return the processes below the parent, but for `without`, once there are as many as there should be."""
    deadline = time.monotonic() + 15
    while True:
        found = set(_descendants(running.process.pid)) - without
        if len(found) >= PROCESSES or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def test_a_killed_worker_is_replaced_and_the_others_go_on(tmp_path: Path) -> None:
    """The parent starts a new worker; clients see at most a broken connection."""
    data = tmp_path / "data"
    strongroom("init", "--data-dir", str(data), env=ROOT_KEY)
    with serving(data, "--workers", "2") as running:
        before = _wait_for_processes(running, {running.process.pid})
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        assert len(_wait_for_processes(running, {victim})) == PROCESSES
        for _ in range(10):
            root_of(running).kms.list_keys()
