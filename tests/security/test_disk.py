"""Files that are moved under a running server."""

from tests.security.conftest import Ask
from tests.security.in_process import InProcess
from tests.support.clients import new_account

from strongroom.app.compose import forget_figures, prepare


def test_nothing_is_acknowledged_while_the_database_file_is_gone(node: InProcess, ask: Ask) -> None:
    """What would be written to a removed file is refused; once the file is back, all goes on."""
    account, path = new_account(), node.node.prepared.layout.database
    value = {"Value": "1", "Type": "String"}
    assert ask(account, "ssm", "PutParameter", Name="before", **value)[0] == ""
    away = path.with_name("away")
    path.rename(away)
    assert ask(account, "ssm", "PutParameter", Name="meanwhile", **value)[0] == "ServiceUnavailable"
    path.write_bytes(b"")
    assert ask(account, "ssm", "PutParameter", Name="meanwhile", **value)[0] == "ServiceUnavailable"
    away.replace(path)
    assert ask(account, "ssm", "PutParameter", Name="after", **value)[0] == ""
    code, answer = ask(account, "ssm", "GetParameters", Names=["before", "meanwhile", "after"])
    assert (code, answer["InvalidParameters"]) == ("", ["meanwhile"])


def test_only_a_server_that_is_bound_forgets_the_figures_of_the_one_before(node: InProcess) -> None:
    """An operator's command, or a second server whose port is taken, must not wipe what the running workers share."""
    prepared = node.node.prepared
    figures = prepared.shared / "another-worker"
    figures.write_text("figures", encoding="utf-8")
    prepare(prepared.settings, models=prepared.models)
    assert figures.exists()
    forget_figures(prepared.layout)
    assert not figures.exists()
