"""Starts the server and its peer on loopback, and reads what their process trees use."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 60


@dataclass(frozen=True)
class Running:
    """A server under load."""

    name: str
    url: str
    pid: int
    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def tree(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(found for child in children for found in tree(int(child)))]


def cpu_seconds(pid: int) -> float:
    """Return user and system time of the whole process tree so far."""
    total = 0
    for member in tree(pid):
        fields = Path(f"/proc/{member}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def peak_memory(pid: int) -> int:
    """Return the most memory that one process has had resident so far, in bytes; pages shared with others count in full."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def proportional_memory(pid: int) -> int:
    """Return the proportional set size of one process, in bytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def wait_for(url: str) -> float:
    """Return the seconds until `url` answered at all."""
    started = time.monotonic()
    while time.monotonic() - started < START_SECONDS:
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310 - our own server
        except urllib.error.HTTPError:
            return time.monotonic() - started
        except OSError:
            time.sleep(0.01)
        else:
            return time.monotonic() - started
    raise TimeoutError(url)


@contextmanager
def _process(command: Sequence[str], env: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def strongroom(workers: int = 2, database_url: str | None = None, fill: Callable[[Path], None] | None = None) -> Iterator[Running]:
    """Serve a fresh installation; `fill` may write into its data directory first."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "STRONGROOM_"))}
    env |= {"STRONGROOM_ROOT_ACCESS_KEY_ID": "AKIABENCHMARKBENCHMA", "STRONGROOM_ROOT_SECRET_ACCESS_KEY": "benchmark" * 4}
    command = [sys.executable, "-m", "strongroom"]
    with tempfile.TemporaryDirectory(prefix="strongroom-bench-") as directory:
        env["STRONGROOM_DATA_DIR"] = str(Path(directory) / "data")
        if database_url:
            env["STRONGROOM_DATABASE_URL"] = database_url
        subprocess.run([*command, "init"], env=env, check=True, stdout=subprocess.DEVNULL)
        if fill is not None:
            fill(Path(env["STRONGROOM_DATA_DIR"]))
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        with _process([*command, "serve", "--listen", f"127.0.0.1:{port}", "--workers", str(workers)], env) as process:
            wait_for(f"{url}/healthz")
            yield Running("strongroom", url, process.pid, env["STRONGROOM_ROOT_ACCESS_KEY_ID"], env["STRONGROOM_ROOT_SECRET_ACCESS_KEY"])


@contextmanager
def moto() -> Iterator[Running]:
    """Serve with moto_server, the peer."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    program = ROOT / ".venv" / "peer" / "bin" / "moto_server"
    with _process([str(program), "-H", "127.0.0.1", "-p", str(port)], dict(os.environ)) as process:
        wait_for(f"{url}/moto-api/")
        yield Running("moto_server", url, process.pid, "test", "test")
