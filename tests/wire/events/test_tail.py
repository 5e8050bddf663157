"""What the outbox holds after real calls, read with `strongroom events tail` beside the running server."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from tests.support.clients import Clients, new_account
from tests.support.process import clean_environment, start
from tests.wire.kms.support import make_key
from tests.wire.kms.test_imports import _import
from tests.wire.ssm.helpers import as_json, code_of, expiration
from typer.testing import CliRunner

from strongroom.cli.main import app


@dataclass
class Server:
    """A dev server of these tests' own and its data directory."""

    url: str
    data: Path

    def events(self, account: str) -> list[dict[str, Any]]:
        """Return an account's events as the command prints them."""
        shown = CliRunner().invoke(app, ["events", "tail", "--json", "-n", "1000", "--data-dir", str(self.data), "--account-id", account])
        assert shown.exit_code == 0, shown.output
        return [json.loads(line) for line in shown.stdout.splitlines()]

    def advance(self, seconds: float) -> None:
        """Hurry the schedule clock and do what is due."""
        with urlopen(Request(f"{self.url}/_dev/advance", data=str(seconds).encode(), method="POST"), timeout=30):  # noqa: S310
            pass


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dev server whose data directory can be found."""
    parent = tmp_path_factory.mktemp("events")
    running = start(["dev", "--listen", "127.0.0.1:0"], env={"TMPDIR": str(parent)})
    yield Server(running.url, next(parent.glob("strongroom-dev-*")) / "1")
    running.stop()


@pytest.fixture
def root(dev: Server) -> Iterator[Clients]:
    """The root user of a new account."""
    account = new_account()
    clients = Clients(dev.url, account, account_id=account)
    yield clients
    clients.close()


def test_every_change_of_a_parameter_is_an_event_in_its_order(dev: Server, root: Clients) -> None:
    """Create, update, label, delete, and deletion of many; reads and refused writes leave none."""
    ssm = root.ssm
    ssm.put_parameter(Name="/x", Value="hush", Type="String", Description="what it is for")
    ssm.put_parameter(Name="/x", Value="hush", Overwrite=True)
    ssm.label_parameter_version(Name="/x", Labels=["live", "1bad", "blue"])
    ssm.label_parameter_version(Name="/x", Labels=["2bad"])
    ssm.get_parameter(Name="/x")
    assert code_of(ssm.put_parameter, Name="/x", Value="v", Type="String") == "ParameterAlreadyExists"
    ssm.delete_parameter(Name="/x")
    ssm.put_parameter(Name="y", Value="hush", Type="SecureString")
    ssm.delete_parameters(Names=["y", "/y", "/none"])
    events = dev.events(root.account_id)
    assert {(event["source"], event["detail-type"], event["region"]) for event in events} == {
        ("aws.ssm", "Parameter Store Change", "eu-west-1")
    }
    named = {"name": "/x", "type": "String", "description": "what it is for"}
    assert [event["detail"] for event in events] == [
        {"operation": "Create", **named},
        {"operation": "Update", **named},
        {"operation": "LabelParameterVersion", **named, "label": ["live", "blue"]},
        {"operation": "Delete", **named},
        {"operation": "Create", "name": "y", "type": "SecureString"},
        {"operation": "Delete", "name": "y", "type": "SecureString"},
    ]
    assert events[0]["resources"] == [f"arn:aws:ssm:eu-west-1:{root.account_id}:parameter/x"]
    assert "hush" not in json.dumps(events)


def test_writers_side_by_side_leave_one_event_each_in_the_order_of_versions(dev: Server, root: Clients) -> None:
    """Nothing is lost, doubled or swapped."""
    ssm = root.ssm
    ssm.put_parameter(Name="/x", Value="v", Type="String", Description="0")

    def overwrite(number: int) -> tuple[int, str]:
        return int(ssm.put_parameter(Name="/x", Value="v", Description=str(number), Overwrite=True)["Version"]), str(number)

    with ThreadPoolExecutor(4) as pool:
        versions = dict(pool.map(overwrite, range(1, 13)))
    told = [event["detail"]["description"] for event in dev.events(root.account_id)]
    assert told == ["0", *(versions[version] for version in range(2, 14))]


def test_parameter_policies_notify_and_an_expiration_tells_of_the_deletion(dev: Server, root: Clients) -> None:
    """Each act once, with the policy that acted."""
    expires = datetime.now(UTC) + timedelta(days=30)
    before: dict[str, Any] = {"Type": "ExpirationNotification", "Version": "1.0", "Attributes": {"Before": "10", "Unit": "Days"}}
    unchanged: dict[str, Any] = {"Type": "NoChangeNotification", "Version": "1.0", "Attributes": {"After": "5", "Unit": "Days"}}
    policies = as_json(expiration(expires.isoformat()), before, unchanged)
    root.ssm.put_parameter(Name="/x", Value="v", Type="String", Tier="Advanced", Policies=policies)
    acted: dict[str, dict[str, Any]] = {}
    for days in (6, 15, 10):
        dev.advance(days * 86_400)
        acted |= {event["id"]: event for event in dev.events(root.account_id) if event["detail-type"] == "Parameter Store Policy Action"}
    told = [event["detail"] for event in acted.values()]
    assert [detail["policy-type"] for detail in told] == ["NoChangeNotification", "ExpirationNotification", "Expiration"]
    assert told[-1] == {
        "parameter-name": "/x",
        "parameter-type": "String",
        "policy-type": "Expiration",
        "policy-content": json.dumps(expiration(expires.isoformat()), separators=(",", ":")),
        "action-status": "Success",
        "action-reason": "The parameter was deleted.",
    }
    assert dev.events(root.account_id)[-1]["detail"]["operation"] == "Delete"


def test_rotation_and_deletion_of_keys_are_events(dev: Server, root: Clients) -> None:
    """On demand and by time."""
    key = root.kms.create_key()["KeyMetadata"]
    root.kms.rotate_key_on_demand(KeyId=key["KeyId"])
    assert [(event["detail-type"], event["detail"], event["resources"]) for event in dev.events(root.account_id)] == [
        ("KMS CMK Rotation", {"key-id": key["KeyId"]}, [key["Arn"]])
    ]
    root.kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    dev.advance(70 * 86_400)
    assert [event["detail-type"] for event in dev.events(root.account_id)] == ["KMS CMK Deletion"]


def test_automatic_rotation_and_expiry_of_imported_material_are_events(dev: Server, root: Clients) -> None:
    """With the key as their resource."""
    kms: Any = root.kms
    rotating = make_key(kms)
    kms.enable_key_rotation(KeyId=rotating, RotationPeriodInDays=90)
    imported = make_key(kms, Origin="EXTERNAL")
    _import(kms, imported, b"m" * 32, ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=time.time() + 86_400)
    dev.advance(91 * 86_400)
    assert {(event["detail-type"], *event["resources"]) for event in dev.events(root.account_id)} == {
        ("KMS CMK Rotation", rotating),
        ("KMS Imported Key Material Expiration", imported),
    }


def test_the_tail_follows_and_its_lines_can_be_read(dev: Server, root: Clients) -> None:
    """One line for each event, as it comes."""
    root.ssm.put_parameter(Name="/first", Value="v", Type="String")
    command = ["events", "tail", "--follow", "--data-dir", str(dev.data), "--account-id", root.account_id]
    with subprocess.Popen(
        [sys.executable, "-m", "strongroom", *command],
        env=clean_environment({"PYTHONUNBUFFERED": "1"}),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        root.ssm.put_parameter(Name="/second", Value="v", Type="String")
        second = process.stdout.readline()
        process.terminate()
    assert "Parameter Store Change" in first
    assert first.rstrip().endswith("Create arn:aws:ssm:eu-west-1:" + root.account_id + ":parameter/first")
    assert second.rstrip().endswith("parameter/second")
