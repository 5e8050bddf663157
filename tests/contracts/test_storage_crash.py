"""Nothing acknowledged is lost: a process is killed in the middle of its commits."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.stores import THINGS, Backend, Chain, SqliteMedium, names

from strongroom.storage.verify import verify

ACKNOWLEDGED = 300
ROOT = Path(__file__).parents[2]


def test_everything_acknowledged_before_a_kill_is_there_on_reopen(backend: Backend) -> None:
    """And every unit is whole: both its records, and its event in an unbroken chain."""
    medium = backend.medium
    where = ("sqlite", str(medium.path)) if isinstance(medium, SqliteMedium) else ("postgresql", medium.url)  # type: ignore[attr-defined]
    command = [sys.executable, "-m", "tests.support.committer", *where]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip() for _ in range(ACKNOWLEDGED)]
        process.send_signal(signal.SIGKILL)
        # The last line may be cut off; what was printed whole was acknowledged.
        acknowledged += [line.strip() for line in process.stdout if line.endswith("\n")]
    database = backend.open()
    unit = database.begin(inline=False)
    stored = names(unit.scan(THINGS, "a", limit=1_000_000))
    assert set(acknowledged) <= set(stored)
    assert names(unit.scan(THINGS, "b", limit=1_000_000)) == stored
    rows = database.audit().journal("crashing", 0, 1_000_000)
    assert sorted(row.entry.request_id for row in rows) == stored
    chain, mac = Chain("crashing"), b""
    for number, row in enumerate(rows, 1):
        mac = chain.link(number, mac, row.entry.body)
        assert (row.sequence, row.mac) == (number, mac)
    assert verify(database).findings == []
