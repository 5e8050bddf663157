"""Two nodes on a database that Patroni fails over: nothing acknowledged is lost, and no human is needed. Run by `make soak`."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.support.nodes import Installation, root_of
from tests.support.patroni import Cluster
from tests.support.writing import Writers

WRITES = 50
SECONDS = 120.0


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_what_was_acknowledged_survives_crashes_failovers_and_switchovers(tmp_path: Path) -> None:
    """PostgreSQL is killed, its host twice (so each member has led and rejoined), and the two change places in order."""
    with Cluster() as cluster, ExitStack() as stack:
        made = Installation(tmp_path, [cluster.url()], stack, workers=1)
        nodes = [made.join(), made.join()]
        with Writers(nodes) as writers:
            for happens in (cluster.kill_postgresql, cluster.kill_leader, cluster.switch_over, cluster.kill_leader):
                writers.wait_for_more(WRITES, SECONDS)
                happens()
                writers.wait_for_more(WRITES, SECONDS)
                cluster.wait_until_whole()
        print(f"{len(writers.acknowledged)} writes acknowledged, leaders {cluster.leaders}")  # noqa: T201
        assert writers.unexpected == []
        clients = root_of(nodes[0])
        stack.callback(clients.close)
        assert writers.missing(clients) == []
        assert len(set(cluster.leaders)) == len(cluster.members)
