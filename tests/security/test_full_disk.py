"""A disk that is full: what can't be recorded is refused with an error that clients try again, and all goes on once there is room."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.security.conftest import Ask
from tests.security.in_process import InProcess
from tests.support.clients import new_account

from strongroom.storage.sqlite.session import SqliteSession

PARAMETER = {"Value": "1", "Type": "String"}
RETRIED = "ServiceUnavailable"  # SDKs try it again: its status is 503


@contextmanager
def no_room_for_the_database(node: InProcess) -> Iterator[None]:
    """Let the database grow no further, as SQLite finds it on a full disk."""
    transactions: Any = node.node.database.engine.writer._transactions
    session: SqliteSession = transactions._session
    pages = session.rows("PRAGMA page_count")[0][0]
    session.rows(f"PRAGMA max_page_count = {pages}")
    try:
        yield
    finally:
        session.rows("PRAGMA max_page_count = 1073741823")


@contextmanager
def no_room_for_events(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no segment of the trail be written."""

    def full(_descriptor: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("strongroom.audit.segment_file.os.write", full)
        yield


def test_changes_are_refused_while_the_database_has_no_room(node: InProcess, ask: Ask) -> None:
    """Reads go on; nothing that was refused is there afterwards, and the next change after there is room succeeds."""
    account = new_account()
    assert ask(account, "ssm", "PutParameter", Name="before", **PARAMETER)[0] == ""
    with no_room_for_the_database(node):
        refused = [ask(account, "ssm", "PutParameter", Name=f"p{number}", Value="x" * 4000, Type="String")[0] for number in range(20)]
        assert RETRIED in refused
        assert set(refused) <= {"", RETRIED}
        assert ask(account, "ssm", "GetParameter", Name="before")[0] == ""
    for number, code in enumerate(refused):
        found = ask(account, "ssm", "GetParameter", Name=f"p{number}")[0]
        assert found == ("ParameterNotFound" if code else "")
    assert ask(account, "ssm", "PutParameter", Name="after", **PARAMETER)[0] == ""


def test_reads_that_can_not_be_recorded_are_refused(node: InProcess, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a value nor an error of policy leaves the server; changes, whose events are in the database, go on."""
    account = new_account()
    assert ask(account, "ssm", "PutParameter", Name="before", Value="hunter2", Type="String")[0] == ""
    with no_room_for_events(monkeypatch):
        for name in ("before", "absent"):
            answer = node.send(node.request("ssm", "GetParameter", {"Name": name}, account))
            assert (answer.status, RETRIED.encode() in answer.body, b"hunter2" in answer.body) == (503, True, False)
        assert node.send(node.request("ssm", "GetParameter", {"Name": "before"}, account, secret="wrong")).status == 503
        assert ask(account, "ssm", "PutParameter", Name="meanwhile", **PARAMETER)[0] == ""
    assert ask(account, "ssm", "GetParameters", Names=["before", "meanwhile"])[1]["InvalidParameters"] == []


def test_a_trail_that_was_out_of_room_verifies(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that got half of its bytes onto the disk is taken back, so the chain has no gap."""
    account = new_account()
    real = os.write

    def half(descriptor: int, data: bytes) -> int:
        return real(descriptor, data[: len(data) // 2])

    with monkeypatch.context() as patch:
        patch.setattr("strongroom.audit.segment_file.os.write", half)
        assert ask(account, "sts", "GetCallerIdentity")[0] == RETRIED
    assert ask(account, "sts", "GetCallerIdentity")[0] == ""
    code, answer = ask(account, "cloudtrail", "LookupEvents")
    assert code == ""
    assert [event["EventName"] for event in answer["Events"]].count("GetCallerIdentity") == 1
