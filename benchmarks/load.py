"""Replays one signed request with wrk, and reads CPU time of the server's process tree around it."""

import json
import re
import subprocess
import tempfile
from dataclasses import dataclass

from processes import Running, cpu_seconds
from workloads import SignedRequest

REQUESTS = re.compile(r"(\d+) requests in")
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
LATENCY = re.compile(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s)$", re.MULTILINE)
FAILED = re.compile(r"Non-2xx or 3xx responses: (\d+)")
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Measurement:
    """What one load cost and gave."""

    cpu_microseconds: float
    requests_per_second: float
    p50_ms: float
    p99_ms: float


def _script(request: SignedRequest) -> str:
    lines = ['wrk.method = "POST"', f"wrk.body = {json.dumps(request.body)}"]
    lines += [
        f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in request.headers.items() if name != "Content-Length"
    ]
    return "\n".join(lines)


def load(server: Running, request: SignedRequest, *, connections: int, seconds: float) -> Measurement:
    """Return the cost of one request under `connections` clients. Raises RuntimeError if any answer was not a success."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as script:
        script.write(_script(request))
        script.flush()
        command = ["wrk", "--latency", "-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", script.name, server.url + request.path]
        before = cpu_seconds(server.pid)
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        used = cpu_seconds(server.pid) - before
    if failed := FAILED.search(printed):
        raise RuntimeError(f"{failed[1]} answers of {server.name} were errors")
    requests, rate = REQUESTS.search(printed), RATE.search(printed)
    if requests is None or rate is None:
        raise RuntimeError(f"wrk printed no figures: {printed}")
    latencies = {mark: float(value) * MILLISECONDS[unit] for mark, value, unit in LATENCY.findall(printed)}
    return Measurement(used / int(requests[1]) * 1e6, float(rate[1]), latencies["50"], latencies["99"])
