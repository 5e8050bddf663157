"""Two nodes on one database: each secret is rotated by one of them at a time, and each step is run once."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.test_nodes import installation
from tests.support.functions import allow_rotation, make_function, make_role
from tests.support.nodes import Installation, root_of

SECRETS = 6
WAIT_SECONDS = 60
NOTES = """
import boto3, os, time
def handler(event, context):
    client, place = boto3.client("secretsmanager"), os.environ["PLACE"]
    name = client.describe_secret(SecretId=event["SecretId"])["Name"]
    lock = os.path.join(place, name + ".lock")
    os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
    os.close(os.open(os.path.join(place, f"{name} {time.time_ns():024d} {event['Step']}"), os.O_CREAT | os.O_EXCL))
    token, step = event["ClientRequestToken"], event["Step"]
    if step == "createSecret":
        client.put_secret_value(SecretId=name, ClientRequestToken=token, SecretString="new", VersionStages=["AWSPENDING"])
    elif step == "finishSecret":
        old = client.get_secret_value(SecretId=name)["VersionId"]
        client.update_secret_version_stage(SecretId=name, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=old)
    time.sleep(0.2)
    os.unlink(lock)
"""
STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]

__all__ = ["installation"]  # a fixture of another file


@pytest.fixture
def place() -> Iterator[Path]:
    """Give a directory that functions may write to."""
    directory = Path(tempfile.mkdtemp(prefix="strongroom-notes-"))
    directory.chmod(0o777)
    yield directory
    shutil.rmtree(directory)


def test_two_nodes_rotate_a_secret_one_at_a_time(installation: Installation, place: Path) -> None:
    """Both look for due rotations all the time; a lease decides."""
    one, two = root_of(installation.nodes[0]), root_of(installation.join())
    everything = {"Effect": "Allow", "Action": ["secretsmanager:*", "kms:*"], "Resource": "*"}
    function = make_function(one, NOTES, make_role(one, "notes", everything), Environment={"Variables": {"PLACE": str(place)}})
    allow_rotation(one, function)
    for number in range(SECRETS):
        client = (one, two)[number % 2].secretsmanager
        client.create_secret(Name=f"s{number}", SecretString="old")
        client.rotate_secret(SecretId=f"s{number}", RotationLambdaARN=function)
    deadline = time.monotonic() + WAIT_SECONDS
    for number in range(SECRETS):
        while "LastRotatedDate" not in one.secretsmanager.describe_secret(SecretId=f"s{number}"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert [path.name.split()[-1] for path in sorted(place.glob(f"s{number} *"))] == STEPS
    one.close()
    two.close()
