"""boto3 and the AWS CLI find credentials by themselves, and renew them, through every endpoint."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from tests.support.machines import ACCOUNT, Installation, installed
from tests.support.process import clean_environment

from strongroom.app.machines import _listen_here, authorisation_token
from strongroom.config import Settings

AWS = Path(sys.executable).parent / "aws"
SERVICES = ("ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "rolesanywhere.amazonaws.com")
READ = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A server with a secret, and a role for machines that may read it."""
    with installed(tmp_path_factory.mktemp("machines") / "data") as made:
        made.role("app", *SERVICES, statements=[READ])
        made.root.secretsmanager.create_secret(Name="shared", SecretString="value")
        yield made


@contextmanager
def environment(installation: Installation, **variables: str) -> Iterator[Mapping[str, str]]:
    """Set the variables that SDKs read, and no credentials."""
    kept = dict(os.environ)
    wanted = {
        **clean_environment(),
        "AWS_ENDPOINT_URL": installation.server.url,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": str(installation.data / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(installation.data / "no-credentials"),
        **variables,
    }
    os.environ.clear()
    os.environ.update(wanted)
    try:
        yield wanted
    finally:
        os.environ.clear()
        os.environ.update(kept)


def read_by_boto3() -> tuple[str, str, str]:
    """Return what a fresh session of boto3 reads, as whom, and with which access key."""
    session = boto3.Session()
    config = Config(retries={"total_max_attempts": 1})
    value = session.client("secretsmanager", config=config).get_secret_value(SecretId="shared")["SecretString"]
    caller = session.client("sts", config=config).get_caller_identity()["Arn"]
    credentials = session.get_credentials()
    assert credentials is not None
    return value, caller, credentials.access_key


def read_by_cli(variables: Mapping[str, str]) -> str:
    """Return what the AWS CLI reads."""
    command = [sys.executable, str(AWS), "secretsmanager", "get-secret-value", "--secret-id", "shared", "--output", "json"]
    done = subprocess.run(command, env=dict(variables), capture_output=True, text=True, check=True, timeout=60)
    value: str = json.loads(done.stdout)["SecretString"]
    return value


def test_the_metadata_service_gives_sdks_a_session_of_the_role(installation: Installation) -> None:
    """Its name is the instance's id, and its AssumeRole is in the trail."""
    with (
        installation.endpoint("imds", "app", "--instance-id", "i-0123456789abcdef0") as url,
        environment(installation, AWS_EC2_METADATA_DISABLED="false", AWS_EC2_METADATA_SERVICE_ENDPOINT=url) as variables,
    ):
        value, caller, _ = read_by_boto3()
        assert (value, caller) == ("value", f"arn:aws:sts::{ACCOUNT}:assumed-role/app/i-0123456789abcdef0")
        assert read_by_cli(variables) == "value"
    trail = [json.loads(line) for line in installation.command("audit", "tail", "--json", "--account-id", ACCOUNT).splitlines()]
    begun = [event for event in trail if event["eventName"] == "AssumeRole"]
    assert begun[0]["userIdentity"] == {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
    assert begun[0]["requestParameters"]["roleSessionName"] == "i-0123456789abcdef0"


def test_boto3_renews_what_the_metadata_service_gave_before_it_ends(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a minute of the session left by the SDK's clock, its next call is signed with a newer one."""
    with (
        installation.endpoint("imds", "app", "--duration", "900") as url,
        environment(installation, AWS_EC2_METADATA_DISABLED="false", AWS_EC2_METADATA_SERVICE_ENDPOINT=url),
    ):
        session = boto3.Session()
        credentials = session.get_credentials()
        assert isinstance(credentials, RefreshableCredentials)
        first = credentials.get_frozen_credentials().access_key
        time.sleep(1.1)
        monkeypatch.setattr(credentials, "_time_fetcher", lambda: datetime.now(UTC) + timedelta(minutes=14))
        session.client("sts").get_caller_identity()
        assert credentials.access_key != first


def test_the_metadata_service_answers_no_forged_request(installation: Installation) -> None:
    """Version 1 requests, forwarded ones and foreign hosts end at the door of the real server too."""
    with installation.endpoint("imds", "app") as url:
        path = f"{url}/latest/meta-data/iam/security-credentials/app"
        ttl = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
        assert httpx.get(path).status_code == 401
        assert httpx.put(f"{url}/latest/api/token", headers={**ttl, "X-Forwarded-For": "10.0.0.1"}).status_code == 403
        assert httpx.put(f"{url}/latest/api/token", headers={**ttl, "Host": "attacker.example"}).status_code == 403
        assert httpx.get(f"{url}/latest/api/token", headers=ttl).status_code == 405
        token = httpx.put(f"{url}/latest/api/token", headers=ttl).text
        assert httpx.get(path, headers={"X-aws-ec2-metadata-token": token}).status_code == 200
        assert httpx.get(path, headers={"X-aws-ec2-metadata-token": token[:-2] + "AA"}).status_code == 401


def test_the_container_endpoint_serves_processes_that_hold_the_token(installation: Installation) -> None:
    """boto3 and the CLI read the token's file; without it there is nothing."""
    token = installation.data / "token"
    with (
        installation.endpoint("container-credentials", "app", "--token-file", str(token), "--session-name", "task-1") as url,
        environment(
            installation,
            AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{url}/v1/credentials",
            AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(token),
        ) as variables,
    ):
        assert httpx.get(f"{url}/v1/credentials").status_code == 401
        value, caller, _ = read_by_boto3()
        assert (value, caller) == ("value", f"arn:aws:sts::{ACCOUNT}:assumed-role/app/task-1")
        assert read_by_cli(variables) == "value"


def test_boto3_renews_what_the_container_endpoint_gave_before_it_ends(installation: Installation) -> None:
    """A session of 15 minutes is inside the SDK's renewal time from the start, so a second use fetches a newer one."""
    token = installation.data / "token"
    with (
        installation.endpoint("container-credentials", "app", "--token-file", str(token), "--duration", "900") as url,
        environment(
            installation,
            AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{url}/v1/credentials",
            AWS_CONTAINER_AUTHORIZATION_TOKEN=authorisation_token(token).reveal().decode(),
        ),
    ):
        session = boto3.Session()
        credentials = session.get_credentials()
        assert credentials is not None
        first = credentials.get_frozen_credentials().access_key
        time.sleep(1.1)
        session.client("sts").get_caller_identity()
        assert credentials.get_frozen_credentials().access_key != first


def test_credential_process_gives_the_sdk_a_session(installation: Installation, tmp_path: Path) -> None:
    """A profile names the command; both boto3 and the CLI run it, and boto3 runs it again when the session nears its end."""
    config = tmp_path / "config"
    command = f"{sys.executable} -m strongroom credentials --role app --duration 900 --session-name batch --data-dir {installation.data}"
    config.write_text(f"[default]\nregion = eu-west-1\ncredential_process = {command}\n", encoding="utf-8")
    with environment(installation, AWS_CONFIG_FILE=str(config)) as variables:
        value, caller, access_key = read_by_boto3()
        assert (value, caller) == ("value", f"arn:aws:sts::{ACCOUNT}:assumed-role/app/batch")
        assert read_by_boto3()[2] != access_key
        assert read_by_cli(variables) == "value"


def test_a_role_that_does_not_trust_the_service_is_not_served(installation: Installation) -> None:
    """Each kind of endpoint asks as its own service, and the refusal says why."""
    installation.role("for-people", "lambda.amazonaws.com")
    refused = installation.command("credentials", "--role", "for-people", check=False)
    assert "rolesanywhere.amazonaws.com is not authorized to perform: sts:AssumeRole" in refused
    assert "because no role trust policy allows the sts:AssumeRole action" in refused
    assert "there is no role absent" in installation.command("credentials", "--role", "absent", check=False)
    assert "is neither loopback nor link-local" in installation.command("imds", "--role", "app", "--listen", "0.0.0.0:0", check=False)


def test_answers_of_the_metadata_service_do_not_leave_the_machine(tmp_path: Path) -> None:
    """Connections take the hop limit over from the listening socket."""
    with _listen_here(Settings(data_dir=tmp_path, listen="127.0.0.1:0"), 1) as listener:
        client = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
        with client, accepted:
            assert accepted.getsockopt(socket.IPPROTO_IP, socket.IP_TTL) == 1
