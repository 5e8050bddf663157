"""Rotation with a function of one's own, zipped with its driver: through the AWS CLI, and through a server that is killed."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pymysql
import pytest
from tests.support.clients import REGION, Clients
from tests.support.databases import Login
from tests.support.databases.sql import MariadbServer
from tests.support.functions import TRUST
from tests.support.process import ROOT, ServerProcess, clean_environment, start, strongroom

if TYPE_CHECKING:
    from types_boto3_cloudtrail.type_defs import LookupAttributeTypeDef

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
KEY = ("AKIAROTATIONTESTS000", "a-secret-access-key-of-the-tests")
ACCOUNT = "000000000000"
WAIT_SECONDS = 60


def rotation_package(path: Path) -> Path:
    """Zip the function with its driver."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(ROOT / "tests" / "support" / "rotation_function.py", "lambda_function.py")
        driver = Path(pymysql.__file__).parent
        for file in driver.rglob("*.py"):
            archive.write(file, str(Path("pymysql") / file.relative_to(driver)))
    return path


class Installation:
    """A data directory, the server on it, and root's clients."""

    def __init__(self, directory: Path, *options: str) -> None:
        self._options = options
        self.data = directory / "data"
        environment = {"STRONGROOM_ROOT_ACCESS_KEY_ID": KEY[0], "STRONGROOM_ROOT_SECRET_ACCESS_KEY": KEY[1]}
        strongroom("init", "--data-dir", str(self.data), env=environment)
        self.log = directory / "log"
        self.server = self._started()

    def _started(self) -> ServerProcess:
        server = start(
            ["serve", "--data-dir", str(self.data), "--listen", "127.0.0.1:0", "--workers", "1", *self._options], stderr=self.log
        )
        self.clients = Clients(server.url, KEY[0], KEY[1], account_id=ACCOUNT)
        return server

    def kill(self) -> None:
        """End every process of the server with SIGKILL, all at once."""
        self.clients.close()
        pids = [self.server.process.pid, *_descendants(self.server.process.pid)]
        for pid in pids:
            os.kill(pid, 9)
        self.server.stop()

    def restart(self) -> None:
        """Start the server again on what is there."""
        self.server = self._started()

    def close(self) -> None:
        """Stop the server."""
        self.clients.close()
        self.server.stop()

    def aws(self, *arguments: str) -> dict[str, Any]:
        """Run an AWS CLI command."""
        own = {
            "AWS_ACCESS_KEY_ID": KEY[0],
            "AWS_SECRET_ACCESS_KEY": KEY[1],
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.server.url,
        }
        command = [str(Path(sys.executable).parent / "aws"), *arguments, "--output", "json"]
        done = subprocess.run(command, env=clean_environment(own), capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {}
        return answer


def _descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and those that they started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [found for child in map(int, children) for found in (child, *_descendants(child))]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Give a server that keeps what it is given; it may have been killed and started again."""
    made = Installation(tmp_path_factory.mktemp("rotation"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def hold() -> Iterator[Path]:
    """Give a directory that functions see and write to."""
    directory = Path(tempfile.mkdtemp(prefix="strongroom-hold-"))
    directory.chmod(0o777)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def function(installation: Installation, hold: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the ARN of the rotation function."""
    package = rotation_package(tmp_path_factory.mktemp("package") / "rotation.zip")
    return create_function(installation, package, {"HOLD": str(hold)})


def create_function(installation: Installation, package: Path, variables: dict[str, str]) -> str:
    """Create the rotation function as AWS's documentation says, with the CLI, and return its ARN."""
    role = installation.aws("iam", "create-role", "--role-name", "rotation", "--assume-role-policy-document", TRUST)["Role"]["Arn"]
    allowed = ["DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage", "GetRandomPassword"]
    statement = {"Effect": "Allow", "Action": [f"secretsmanager:{action}" for action in allowed], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    installation.aws("iam", "put-role-policy", "--role-name", "rotation", "--policy-name", "secrets", "--policy-document", policy)
    endpoint = {"SECRETS_MANAGER_ENDPOINT": f"https://secretsmanager.{REGION}.amazonaws.com"}
    made = installation.aws(
        *("lambda", "create-function", "--function-name", "rotate", "--runtime", "python3.11", "--role", role),
        *("--handler", "lambda_function.lambda_handler", "--zip-file", f"fileb://{package}", "--timeout", "60"),
        *("--environment", json.dumps({"Variables": {**endpoint, **variables}})),
    )
    installation.aws(
        *("lambda", "add-permission", "--function-name", "rotate", "--statement-id", "rotation"),
        *("--action", "lambda:InvokeFunction", "--principal", "secretsmanager.amazonaws.com", "--source-account", ACCOUNT),
    )
    arn: str = made["FunctionArn"]
    return arn


def wait_until_rotated(clients: Clients, name: str) -> dict[str, Any]:
    """Return the new value, once the rotation has ended."""
    deadline = time.monotonic() + WAIT_SECONDS
    while "LastRotatedDate" not in clients.secretsmanager.describe_secret(SecretId=name):
        assert time.monotonic() < deadline, f"{name} does not rotate"
        time.sleep(0.1)
    value: dict[str, Any] = json.loads(clients.secretsmanager.get_secret_value(SecretId=name)["SecretString"])
    return value


def test_the_operator_sees_why_a_rotation_failed(installation: Installation) -> None:
    """In one command, which ends with 1; CancelRotateSecret and the trail know it too."""
    sm = installation.clients.secretsmanager
    sm.create_secret(Name="db", SecretString='{"engine": "oracle"}')
    template = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:SecretsManagerRDSMariaDBRotationSingleUser"
    sm.rotate_secret(SecretId="db", RotationLambdaARN=template, RotationRules={"AutomaticallyAfterDays": 1})
    arguments = ("rotation", "status", "db", "--data-dir", str(installation.data), "--region", REGION)
    failed: LookupAttributeTypeDef = {"AttributeKey": "EventName", "AttributeValue": "RotationFailed"}
    deadline = time.monotonic() + WAIT_SECONDS
    while not installation.clients.cloudtrail.lookup_events(LookupAttributes=[failed])["Events"]:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    told = strongroom(*arguments, check=False)
    assert told.returncode == 1
    assert "db: failed, is tried again" in told.stdout
    assert "in createSecret: RotationError: the secret's engine must be mariadb" in told.stdout
    [line] = strongroom(*arguments, "--json", check=False).stdout.splitlines()
    assert json.loads(line)["function"] == template
    sm.cancel_rotate_secret(SecretId="db")
    assert "db: off" in strongroom(*arguments, check=False).stdout


def test_functions_reach_a_server_behind_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are given the server's own authority, which lies where they can't look."""
    installation = Installation(tmp_path, "--tls", "auto")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(installation.data / "tls" / "ca.pem"))
    try:
        sm = installation.clients.secretsmanager
        sm.create_secret(Name="key", SecretString="old")
        template = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:SecretsManagerRotationTemplate"
        sm.rotate_secret(SecretId="key", RotationLambdaARN=template)
        deadline = time.monotonic() + WAIT_SECONDS
        while "LastRotatedDate" not in sm.describe_secret(SecretId="key"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert sm.get_secret_value(SecretId="key")["SecretString"] != "old"
    finally:
        installation.close()


def kill_in_each_step(installation: Installation, mariadb: MariadbServer, hold: Path, function: str, mark: str) -> None:
    """Begin four rotations, each held in another step, kill the server, start it again, and see all four complete."""
    sm = installation.clients.secretsmanager
    before = {}
    (hold / "on").touch()
    for step in STEPS:
        before[step] = mariadb.new_user(f"{mark}_{step}", "before")
        sm.create_secret(Name=f"{mark}-{step}", SecretString=json.dumps(before[step]))
        sm.rotate_secret(SecretId=f"{mark}-{step}", RotationLambdaARN=function, RotationRules={"AutomaticallyAfterDays": 30})
    deadline = time.monotonic() + WAIT_SECONDS
    while not all((hold / f"reached-{step}").exists() for step in STEPS):
        assert time.monotonic() < deadline, installation.log.read_text()
        time.sleep(0.05)
    installation.kill()
    for name in ("on", *(f"reached-{step}" for step in STEPS)):
        (hold / name).unlink()
    installation.restart()
    for step in STEPS:
        value = wait_until_rotated(installation.clients, f"{mark}-{step}")
        assert value["password"] != "before"
        assert Login("mariadb", value).works(), step
        assert not Login("mariadb", before[step]).works(), step
        stages = installation.clients.secretsmanager.describe_secret(SecretId=f"{mark}-{step}")["VersionIdsToStages"]
        assert sorted(stages.values()) == [["AWSCURRENT"], ["AWSPREVIOUS"]]


def test_a_server_killed_in_each_step_completes_the_rotation(
    installation: Installation, mariadb: MariadbServer, hold: Path, function: str
) -> None:
    """After each step's work and before its end: the password in the secret is the database's, and no other."""
    kill_in_each_step(installation, mariadb, hold, function, "late")
    told = strongroom("rotation", "status", "--data-dir", str(installation.data), "--region", REGION, check=False)
    assert told.stdout.count(": waiting") == len(STEPS)
    logs = strongroom("functions", "logs", "rotate", "--data-dir", str(installation.data), "--region", REGION).stdout
    assert "createSecret: Successfully" in logs
    assert "START RequestId" in logs


@pytest.mark.soak
@pytest.mark.parametrize("turn", range(10))
def test_a_server_killed_ten_times_in_each_step_completes_every_rotation(
    installation: Installation, mariadb: MariadbServer, hold: Path, function: str, turn: int
) -> None:
    """As above, ten times in each step: five times before its work and five times after it."""
    kill_in_each_step(installation, mariadb, hold, function, f"{('early', 'late')[turn % 2]}{turn}")
