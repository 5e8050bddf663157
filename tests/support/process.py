"""Starts the strongroom command as a child process and ends it."""

import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
URL = re.compile(rb"https?://[^\s)]+:\d+")
START_SECONDS = 60  # of CPU that others use too


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment without AWS and STRONGROOM variables of the tester's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "STRONGROOM_"))}
    return {**kept, "PYTHONPATH": str(ROOT / "src"), "AWS_EC2_METADATA_DISABLED": "true", **(extra or {})}


@dataclass
class ServerProcess:
    """A running `strongroom` command and the endpoint that it printed."""

    process: "subprocess.Popen[bytes]"
    url: str

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the process with a signal and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            status = self.process.wait(START_SECONDS)
        finally:
            if self.process.stdout is not None:
                self.process.stdout.close()
        return status


def strongroom(*arguments: str, env: Mapping[str, str] | None = None, check: bool = True) -> "subprocess.CompletedProcess[str]":
    """Run a strongroom command to its end."""
    command = [sys.executable, "-m", "strongroom", *arguments]
    return subprocess.run(command, env=clean_environment(env), check=check, capture_output=True, text=True, timeout=60)


def start(
    arguments: Sequence[str],
    env: Mapping[str, str] | None = None,
    stderr: Path | None = None,
    inside: Sequence[str] = (),
    program: str = "strongroom",
) -> ServerProcess:
    """Start a strongroom command that serves, and return once it has printed its endpoint.

    `inside` is a command that runs others, and `program` the Python module to run.
    """
    command = [*inside, sys.executable, "-m", program, *arguments]
    with (stderr or Path(os.devnull)).open("ab") as log:
        process = subprocess.Popen(
            command, env=clean_environment({"PYTHONUNBUFFERED": "1", **(env or {})}), stdout=subprocess.PIPE, stderr=log
        )
    return ServerProcess(process, _read_url(process))


def _read_url(process: "subprocess.Popen[bytes]") -> str:
    stream = process.stdout
    if stream is None:
        raise RuntimeError("the server's output is not piped")
    seen, deadline = b"", time.monotonic() + START_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while time.monotonic() < deadline:
            if not selector.select(timeout=0.5):
                continue
            chunk = os.read(stream.fileno(), 4096)
            seen += chunk
            if found := URL.search(seen):
                return found[0].decode()
            if not chunk:
                break
    process.kill()
    process.wait()
    stream.close()
    raise RuntimeError(f"the server did not start: {seen.decode(errors='replace')}")
