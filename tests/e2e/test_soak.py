"""Twenty minutes of load on three nodes while two of them and their database are killed at random. Run by `make soak`.

The third one lives throughout: it is the one whose memory must stay flat, since those that are killed start small again.

STRONGROOM_SOAK_SECONDS sets another duration, and STRONGROOM_SOAK_SEED repeats the order of a run.
"""

import os
import random
import signal
import statistics
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.support.databases import free_port
from tests.support.nodes import Installation, root_of
from tests.support.postgresql import PostgresqlServer
from tests.support.soak import Load, memory, tree

SECONDS = float(os.environ.get("STRONGROOM_SOAK_SECONDS", "1200"))
SEED = int(os.environ.get("STRONGROOM_SOAK_SEED", "0")) or random.SystemRandom().getrandbits(32)
CALM_SECONDS = (5.0, 15.0)
DOWN_SECONDS = (0.5, 3.0)
KILLED_NODES = 2
STARTS = 3
CACHE_BYTES = 4 * 1024 * 1024  # full soon, so that what grows afterwards is not the cache
WARM_UP = 0.25  # of the samples: caches, pools and histories of parameters fill
GROWTH_ALLOWED = 1.05
GROWTH_BYTES = 4 * 1024 * 1024


def _kill_node(installation: Installation, number: int) -> None:
    """Kill every process of a node at once, and start it again on its port."""
    node = installation.nodes[number]
    for pid in tree(node.process.pid):
        os.kill(pid, signal.SIGKILL)
    node.stop()
    for attempt in range(STARTS):
        try:
            installation.serve(number, node.url.removeprefix("http://"))
        except RuntimeError:  # as a service manager does: the database may not answer in time while it recovers
            if attempt == STARTS - 1:
                raise
        else:
            return


@pytest.mark.soak
def test_nodes_under_load_lose_nothing_and_never_serve_what_was_taken_back(tmp_path: Path) -> None:
    """No acknowledged write is lost, no permission stale beyond a second, and memory stays flat."""
    chance = random.Random(SEED)  # noqa: S311 - for what happens when, not for secrets
    server = PostgresqlServer()
    with ExitStack() as stack:
        stack.callback(server.remove)
        server.start()
        stack.callback(server.stop)
        installation = Installation(tmp_path, [server.new_database()], stack, settings={"STRONGROOM_CACHE_BYTES": str(CACHE_BYTES)})
        for number in range(KILLED_NODES + 1):
            installation.join()
            node = installation.nodes[number]
            node.stop()
            installation.serve(number, f"127.0.0.1:{free_port()}")
        deadline, samples, killed = time.monotonic() + SECONDS, list[int](), 0
        load = Load(installation.nodes)
        with load:
            while time.monotonic() < deadline:
                time.sleep(chance.uniform(*CALM_SECONDS))
                samples.append(memory(installation.nodes[KILLED_NODES].process.pid))
                victim = chance.choice(["first", "second", "second", "database"])
                if victim == "database":
                    server.stop(chance.choice([signal.SIGQUIT, signal.SIGINT]))
                    time.sleep(chance.uniform(*DOWN_SECONDS))
                    server.start()
                else:
                    _kill_node(installation, 0 if victim == "first" else 1)
                killed += 1
        print(f"seed {SEED}: {killed} kills, {load.forbidden} times disabled, {load.acknowledged} writes acknowledged")  # noqa: T201
        print(f"memory {[each >> 20 for each in samples]} MiB, answers {dict(load.counts)}")  # noqa: T201
        clients = root_of(installation.nodes[KILLED_NODES])
        stack.callback(clients.close)
        assert load.lost(clients) == []
        assert load.stale == []
        assert load.unexpected == []
        steady = samples[int(len(samples) * WARM_UP) :]
        half = len(steady) // 2
        assert statistics.median(steady[half:]) < statistics.median(steady[:half]) * GROWTH_ALLOWED + GROWTH_BYTES
