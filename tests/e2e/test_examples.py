"""Every command and program of the seed texts, run through the real AWS CLI and boto3 against a started server."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.clients import REGION, Clients
from tests.support.process import ROOT, clean_environment

EXAMPLES = ROOT / "examples"
Run = Callable[..., str]


@pytest.fixture
def run(clients: Clients, tmp_path: Path) -> Run:
    """Run an example in an empty directory as the root user of a fresh account; return what it prints."""

    def run_example(name: str, *arguments: str, region: str = REGION, **variables: str) -> str:
        environment = clean_environment(
            {
                "AWS_ENDPOINT_URL": clients.url,
                "AWS_ACCESS_KEY_ID": clients.access_key_id,
                "AWS_SECRET_ACCESS_KEY": clients.secret_access_key,
                "AWS_DEFAULT_REGION": region,
                "AWS_CONFIG_FILE": os.devnull,
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                **variables,
            }
        )
        program = [sys.executable] if name.endswith(".py") else ["bash"]
        done = subprocess.run(
            [*program, str(EXAMPLES / name), *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run_example


def documents(output: str) -> list[dict[str, object]]:
    """Return the JSON documents that the AWS CLI printed one after another."""
    decoder, found, rest = json.JSONDecoder(), [], output.strip()
    while rest:
        document, end = decoder.raw_decode(rest)
        found.append(document)
        rest = rest[end:].strip()
    return found


def make_key(clients: Clients, alias: str) -> str:
    """Create a key with an alias and return its id."""
    key_id = clients.kms.create_key()["KeyMetadata"]["KeyId"]
    clients.kms.create_alias(AliasName=alias, TargetKeyId=key_id)
    return key_id


def test_an_application_reads_its_secret_at_run_time(clients: Clients, run: Run) -> None:
    """get_secret.py returns what was stored under the name."""
    in_virginia = clients.in_region("us-east-1")
    in_virginia.secretsmanager.create_secret(Name="MyDatabasePassword", SecretString="superSecurePassword123!")
    in_virginia.close()
    assert run("get_secret.py", "MyDatabasePassword") == "Retrieved DB Password: superSecurePassword123!\n"


def test_a_password_encrypted_by_the_cli_is_decrypted_by_a_program(clients: Clients, run: Run) -> None:
    """encrypt_secret.sh and decrypt_secret.py fit together."""
    make_key(clients, "alias/app-secret-key")
    run("encrypt_secret.sh")
    assert run("decrypt_secret.py") == "MySuperSecretPwd\n"


def test_the_printed_iam_policy_lets_a_user_encrypt_and_decrypt_and_no_more(
    clients: Clients, run: Run, make_user: Callable[..., Clients], tmp_path: Path
) -> None:
    """use_key_policy.json with the key's id in its place."""
    key_id = make_key(clients, "alias/app-secret-key")
    policy = json.loads((EXAMPLES / "use_key_policy.json").read_text().replace("your-cmk-id", key_id))
    user = make_user(clients, "bob", *policy["Statement"])
    credentials = {"AWS_ACCESS_KEY_ID": user.access_key_id, "AWS_SECRET_ACCESS_KEY": user.secret_access_key}
    run("encrypt_secret.sh", **credentials)
    assert (tmp_path / "encrypted.txt").exists()
    assert run("decrypt_secret.py", **credentials) == "MySuperSecretPwd\n"
    with pytest.raises(user.kms.exceptions.ClientError, match="no identity-based policy allows the kms:DisableKey action"):
        user.kms.disable_key(KeyId=key_id)


def test_the_common_kms_commands_work_as_printed(clients: Clients, run: Run, tmp_path: Path) -> None:
    """kms_commands.sh: a key with a tag, rotation, a data key, a file encrypted and decrypted."""
    lines = run("kms_commands.sh").splitlines()
    key_arn, data_key = lines[0], lines[1].split("\t")
    described = clients.kms.describe_key(KeyId=key_arn)["KeyMetadata"]
    assert (described["Description"], described["KeySpec"]) == ("CMK for application data encryption", "SYMMETRIC_DEFAULT")
    assert clients.kms.list_resource_tags(KeyId=key_arn)["Tags"] == [{"TagKey": "Name", "TagValue": "MyAppCMK"}]
    assert clients.kms.get_key_rotation_status(KeyId=key_arn)["KeyRotationEnabled"] is True
    assert len(data_key) == 2
    decoded = subprocess.run(
        ["base64", "--decode", "decrypted_plaintext.txt"], cwd=tmp_path, capture_output=True, check=True, text=True
    ).stdout
    assert decoded == "This is my secret data.\n"


def test_the_boto3_programs_make_a_key_and_use_it_for_envelope_encryption(run: Run) -> None:
    """create_key.py, then envelope_encryption.py by the alias."""
    assert "Created alias alias/MyBoto3AppCMK" in run("create_key.py")
    printed = run("envelope_encryption.py")
    assert "Data keys equal: True" in printed
    assert "Error" not in printed


def test_the_alias_commands_work_as_printed(clients: Clients, run: Run, tmp_path: Path) -> None:
    """kms_alias_commands.sh: the file comes back, and the key is left pending deletion in 30 days."""
    printed = documents(run("kms_alias_commands.sh"))
    assert (tmp_path / "decrypted.txt").read_text() == "attack at dawn\n"
    assert {"CiphertextBlob", "Plaintext", "KeyId"} <= set(printed[0])
    assert (printed[1]["KeyState"], printed[1]["PendingWindowInDays"]) == ("PendingDeletion", 30)
    assert clients.kms.describe_key(KeyId=str(printed[1]["KeyId"]))["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_the_default_key_policy_is_accepted_and_gives_the_account_control(clients: Clients, make_user: Callable[..., Clients]) -> None:
    """default_key_policy.json delegates to the account's IAM policies."""
    policy = (EXAMPLES / "default_key_policy.json").read_text().replace("123456789012", clients.account_id)
    key_id = clients.kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"]
    user = make_user(clients, "bob", {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*"})
    assert user.kms.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]


def test_the_cross_account_key_policy_lets_the_other_account_use_the_key(
    clients: Clients, make_account: Callable[[], Clients], make_user: Callable[..., Clients]
) -> None:
    """cross_account_key_policy.json beside the default statement: both sides must allow."""
    other = make_account()
    statements = [
        json.loads((EXAMPLES / name).read_text().replace(account, actual.account_id))["Statement"][0]
        for name, account, actual in (
            ("default_key_policy.json", "123456789012", clients),
            ("cross_account_key_policy.json", "999999999999", other),
        )
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    arn = clients.kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    allowed = make_user(other, "allowed", {"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": arn})
    blob = allowed.kms.encrypt(KeyId=arn, Plaintext=b"across")["CiphertextBlob"]
    assert allowed.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"across"
    without = make_user(other, "without")
    with pytest.raises(without.kms.exceptions.ClientError, match="no identity-based policy allows the kms:Encrypt action"):
        without.kms.encrypt(KeyId=arn, Plaintext=b"across")


def test_the_secrets_manager_commands_work_as_printed(clients: Clients, run: Run) -> None:
    """secrets_manager_commands.sh: the new value is current, the old one previous, the secret restored."""
    created, got, put, listed, deleted, restored = documents(run("secrets_manager_commands.sh"))
    assert json.loads(str(got["SecretString"])) == {"username": "admin", "password": "MyPassword123"}
    assert put["VersionStages"] == ["AWSCURRENT"]
    assert len(listed["SecretList"]) == 1  # type: ignore[arg-type]
    assert created["ARN"] == deleted["ARN"] == restored["ARN"]
    current = clients.secretsmanager.get_secret_value(SecretId="prod/database/credentials")
    assert json.loads(current["SecretString"])["password"] == "NewPassword456"


def test_the_parameter_store_commands_work_as_printed(clients: Clients, run: Run) -> None:
    """parameter_store_commands.sh: a hierarchy with a SecureString, read by name, by path and together."""
    make_key(clients, "alias/my-key")
    _, _, host, password, by_path, several, updated, described = documents(run("parameter_store_commands.sh"))
    assert host["Parameter"]["Value"] == "db.example.com"  # type: ignore[index]
    assert password["Parameter"]["Value"] == "MySecurePassword123"  # type: ignore[index]
    names = [parameter["Name"] for parameter in by_path["Parameters"]]  # type: ignore[attr-defined]
    assert sorted(names) == ["/my-app/prod/database/host", "/my-app/prod/database/password"]
    assert several["InvalidParameters"] == ["/my-app/prod/database/port"]
    assert updated["Version"] == 2
    assert [parameter["Name"] for parameter in described["Parameters"]] == ["/my-app/prod/database/password"]  # type: ignore[attr-defined]


def test_an_instance_fetches_its_password_at_boot(clients: Clients, run: Run) -> None:
    """ec2_user_data.sh reads a SecureString under the AWS managed key."""
    clients.ssm.put_parameter(Name="/app/db/password", Value="MySecurePassword123", Type="SecureString")
    assert run("ec2_user_data.sh") == "got a password of 19 characters\n"


def test_a_function_reads_the_secret_named_in_its_environment(clients: Clients, run: Run) -> None:
    """lambda_secret.py finds the secret by its full ARN."""
    arn = clients.secretsmanager.create_secret(Name="app", SecretString='{"username": "u", "password": "p"}')["ARN"]
    assert run("lambda_secret.py", SECRET_ARN=arn) == "['password', 'username']\n"
