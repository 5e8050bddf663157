"""Replays signed requests with wrk, and reads CPU time and memory of the server's process tree around it."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

from processes import Running, cpu_seconds, proportional_memory, tree
from workloads import SignedRequest

MARK = "FIGURES"
DONE = f"""
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("{MARK} %d %d %d %d %d %d\\n", summary.requests, summary.duration,
    e.status + e.connect + e.read + e.write + e.timeout, latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
"""


@dataclass(frozen=True)
class Measurement:
    """What one load cost and gave. `memory` is the proportional set size of the whole process tree after it, in bytes."""

    cpu_microseconds: float
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    p999_ms: float
    memory: int


def _script(requests: Sequence[SignedRequest]) -> str:
    """Return a Lua script that sends the requests in turn, over and over."""
    lines = ["local r, i = {}, 0"]
    for request in requests:
        sent = (item for item in request.headers.items() if item[0] != "Content-Length")
        headers = ", ".join(f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in sent)
        lines.append(f'r[#r + 1] = {{"POST", {json.dumps(request.path)}, {{{headers}}}, {json.dumps(request.body)}}}')
    lines += [
        "local w = {}",
        "init = function() for k, q in ipairs(r) do w[k] = wrk.format(q[1], q[2], q[3], q[4]) end end",
        "request = function() i = i % #w + 1; return w[i] end",
        DONE,
    ]
    return "\n".join(lines)


def load(server: Running, requests: Sequence[SignedRequest], *, connections: int, seconds: float) -> Measurement:
    """Return the cost of one request under `connections` clients. Raises RuntimeError if any answer was not a success."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as script:
        script.write(_script(requests))
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", script.name, server.url]
        before = cpu_seconds(server.pid)
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        used = cpu_seconds(server.pid) - before
    memory = sum(map(proportional_memory, tree(server.pid)))
    figures = next((line.split()[1:] for line in printed.splitlines() if line.startswith(MARK)), None)
    if figures is None:
        raise RuntimeError(f"wrk printed no figures: {printed}")
    count, duration, errors, p50, p99, p999 = map(int, figures)
    if errors or not count:
        raise RuntimeError(f"{errors} of {count} answers of {server.name} were errors: {printed}")
    return Measurement(used / count * 1e6, count / duration * 1e6, p50 / 1000, p99 / 1000, p999 / 1000, memory)
