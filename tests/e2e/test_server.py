"""The server as an operator sees it: first run, restart, refusals at start, status, doctor, audit."""

import json
import socket
import stat
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.support.clients import Clients
from tests.support.nodes import ROOT_KEY, root_of
from tests.support.process import ServerProcess, start, strongroom


@contextmanager
def serving(data: Path, *options: str) -> Iterator[ServerProcess]:
    """Serve an initialised data directory on a free port."""
    running = start(["serve", "--data-dir", str(data), "--listen", "127.0.0.1:0", *options], stderr=data / "log")
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """An initialised data directory."""
    data = tmp_path / "data"
    strongroom("init", "--data-dir", str(data), env=ROOT_KEY)
    return data


def test_init_shows_the_root_key_once_and_keeps_everything_private(tmp_path: Path) -> None:
    """The second init is refused, and no file can be read by others."""
    data = tmp_path / "data"
    printed = strongroom("init", "--data-dir", str(data), "--account-id", "123456789012").stdout
    assert "123456789012" in printed
    assert "Secret access key" in printed
    again = strongroom("init", "--data-dir", str(data), check=False)
    assert again.returncode == 1
    assert "is initialised already" in again.stderr
    for path in [data, *data.rglob("*")]:
        if path.name != "initialised":
            assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path


def test_what_was_stored_is_there_after_a_restart(installation: Path) -> None:
    """A graceful stop ends with status 0, and the next start has everything."""
    with serving(installation) as running:
        root_of(running).secretsmanager.create_secret(Name="kept", SecretString="value")
        assert running.stop() == 0
    with serving(installation) as running:
        assert root_of(running).secretsmanager.get_secret_value(SecretId="kept")["SecretString"] == "value"


def test_workers_see_each_others_changes_at_once(installation: Path) -> None:
    """A disabled key is refused by the very next request, whichever worker answers it."""
    with serving(installation, "--workers", "3") as running:
        kms = root_of(running).kms
        key_id = kms.create_key()["KeyMetadata"]["KeyId"]
        for _ in range(20):
            assert root_of(running).kms.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
            kms.disable_key(KeyId=key_id)
            fresh = root_of(running).kms
            with pytest.raises(fresh.exceptions.DisabledException):
                fresh.encrypt(KeyId=key_id, Plaintext=b"x")
            kms.enable_key(KeyId=key_id)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["serve", "--listen", "0.0.0.0:0"], "plain HTTP is served on loopback only"),
        (["serve", "--tls-cert", "missing.pem"], "set both --tls-cert and --tls-key"),
        (["dev", "--listen", "0.0.0.0:0"], "well-known credentials"),
        (["serve", "--listen", "somewhere"], "is not HOST:PORT"),
    ],
)
def test_an_unsafe_start_is_refused_with_what_to_do(installation: Path, arguments: list[str], message: str) -> None:
    """The command ends with 1 and one line."""
    refused = strongroom(*arguments, env={"STRONGROOM_DATA_DIR": str(installation)}, check=False)
    assert refused.returncode == 1
    assert message in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_taken_port_is_said_by_name(installation: Path) -> None:
    """Another program's port is not shared."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = strongroom("serve", "--data-dir", str(installation), "--listen", f"127.0.0.1:{port}", check=False)
    assert f"can't listen on 127.0.0.1:{port}: Address already in use" in refused.stderr


def test_an_uninitialised_or_readable_data_directory_is_refused(installation: Path, tmp_path: Path) -> None:
    """The server does not serve secrets from a place that others can read."""
    assert "run `strongroom init" in strongroom("serve", "--data-dir", str(tmp_path / "none"), check=False).stderr
    installation.chmod(0o755)
    assert "can be read by other users" in strongroom("serve", "--data-dir", str(installation), check=False).stderr


def test_tls_auto_serves_https_under_a_ca_of_its_own(installation: Path) -> None:
    """A client that trusts the CA in the data directory verifies the server."""
    with serving(installation, "--tls", "auto") as running:
        assert running.url.startswith("https://")
        environment = {"STRONGROOM_DATA_DIR": str(installation), "STRONGROOM_LISTEN": running.url[8:], "STRONGROOM_TLS": "auto"}
        assert "ready" in strongroom("status", env=environment).stdout
        exports = strongroom("env", env=environment).stdout
        assert f"AWS_CA_BUNDLE={installation / 'tls' / 'ca.pem'}" in exports


def test_status_says_whether_the_server_is_ready(installation: Path) -> None:
    """Ends with 0 when it answers, with 1 when nothing does."""
    with serving(installation) as running:
        listen = running.url.removeprefix("http://")
        assert strongroom("status", "--listen", listen).returncode == 0
    assert strongroom("status", "--listen", listen, check=False).returncode == 1


def test_env_prints_exports_that_the_aws_cli_understands(tmp_path: Path) -> None:
    """Saved root credentials are in it."""
    data = tmp_path / "data"
    strongroom("init", "--data-dir", str(data), "--save-credentials")
    exports = strongroom("env", "--data-dir", str(data)).stdout
    for name in (
        "AWS_ENDPOINT_URL=http://127.0.0.1:4577",
        "AWS_ACCESS_KEY_ID=AKIA",
        "AWS_SECRET_ACCESS_KEY=",
        "AWS_DEFAULT_REGION=us-east-1",
    ):
        assert f"export {name}" in exports


def test_doctor_finds_a_healthy_installation_healthy(installation: Path) -> None:
    """All checks pass, beside a running server too."""
    with serving(installation) as running:
        root_of(running).kms.create_key()
        findings = strongroom("doctor", "--verify", "--json", "--data-dir", str(installation), check=False)
        assert [line for line in findings.stdout.splitlines() if not json.loads(line)["ok"]] == []
        assert findings.returncode == 0


def test_doctor_says_what_is_wrong_with_the_root_key(installation: Path) -> None:
    """A root key that does not open the domain keys is an error with advice, and no traceback."""
    key = installation / "root.key"
    key.write_bytes(key.read_bytes()[:-12] + b"AAAAAAAAAAA=\n")
    found = strongroom("doctor", "--data-dir", str(installation), check=False)
    assert found.returncode == 1
    assert "Traceback" not in found.stderr


def test_the_audit_trail_shows_and_verifies_what_was_called(installation: Path) -> None:
    """Reads, changes and denials are there; an edited segment is found."""
    with serving(installation) as running:
        root = root_of(running)
        key_id = root.kms.create_key()["KeyMetadata"]["KeyId"]
        root.kms.describe_key(KeyId=key_id)
        with pytest.raises(root.kms.exceptions.NotFoundException):
            root.kms.describe_key(KeyId="alias/none")
        tail = strongroom("audit", "tail", "--data-dir", str(installation)).stdout
        assert [line.split()[2] for line in tail.splitlines()] == ["kms:CreateKey", "kms:DescribeKey", "kms:DescribeKey"]
        assert "NotFoundException" in tail.splitlines()[2]
    verified = strongroom("audit", "verify", "--data-dir", str(installation))
    assert "intact" in verified.stdout


def test_metrics_count_requests_of_all_workers_by_outcome(installation: Path) -> None:
    """Prometheus reads them from loopback, whichever worker it meets."""
    with serving(installation, "--workers", "3") as running:
        for _ in range(12):
            root_of(running).kms.list_keys()
        counted = 'strongroom_requests_total{code="Success",operation="ListKeys",service="kms"} 12.0'
        deadline = time.monotonic() + 10
        while counted not in httpx.get(f"{running.url}/metrics").text:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_a_dev_server_is_emptied_by_a_reset() -> None:
    """A server of its own, so that no other test is disturbed."""
    running = start(["dev", "--listen", "127.0.0.1:0"])
    try:
        clients = Clients(running.url, "test")
        clients.ssm.put_parameter(Name="p", Value="v", Type="String")
        httpx.post(f"{running.url}/_dev/reset").raise_for_status()
        with pytest.raises(clients.ssm.exceptions.ParameterNotFound):
            clients.ssm.get_parameter(Name="p")
    finally:
        assert running.stop() == 0


def test_a_stop_lets_running_requests_end(installation: Path) -> None:
    """An RSA key that is being generated when the stop comes is still created and answered."""
    with serving(installation) as running:
        root = root_of(running)
        assert root.kms.list_keys()["Keys"] == []
        with ThreadPoolExecutor(1) as pool:
            creating = pool.submit(root.kms.create_key, KeySpec="RSA_4096", KeyUsage="SIGN_VERIFY")
            time.sleep(0.15)
            assert running.stop() == 0
            key_id = creating.result()["KeyMetadata"]["KeyId"]
    with serving(installation) as again:
        assert root_of(again).kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeySpec"] == "RSA_4096"
