"""Permissions that change under a running server."""

from structlog.testing import capture_logs
from tests.security.conftest import Ask
from tests.security.in_process import InProcess
from tests.support.clients import new_account

from strongroom.app.maintenance import maintenance
from strongroom.calls.scheduler import Scheduler


def test_a_data_directory_that_others_may_read_is_logged_until_it_is_private_again(node: InProcess, ask: Ask) -> None:
    """The server goes on, because stopping it would close nothing that is open; its operator learns what to do."""
    running = node.node
    layout = running.prepared.layout
    jobs = [job for job in maintenance(running.database, running.prepared.ring, layout) if "private" in job.name]
    assert [job.on_every_node for job in jobs] == [True]

    def logged() -> list[str]:
        with capture_logs() as logs:
            Scheduler(jobs, running.database, running.trail, running.environment, owner="one").run_due()
        return [entry["reason"] for entry in logs]

    assert logged() == []
    layout.root.chmod(0o755)
    try:
        assert logged() == [f"{layout.root} can be read by other users; run `chmod 700 {layout.root}`"]
        assert ask(new_account(), "sts", "GetCallerIdentity")[0] == ""
    finally:
        layout.root.chmod(0o700)
    assert logged() == []
