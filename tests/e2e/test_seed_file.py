"""`strongroom dev --seed-file`: a server that starts with given keys, secrets and parameters."""

import base64
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from tests.support.clients import Clients
from tests.support.process import ServerProcess, start, strongroom

KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
HMAC_ID = "2234abcd-12ab-34cd-56ef-1234567890ab"
PAIR_ID = "3234abcd-12ab-34cd-56ef-1234567890ab"
RANDOM_ID = "4234abcd-12ab-34cd-56ef-1234567890ab"
REPLICATED_ID = "mrk-1234abcd12ab34cd56ef1234567890ab"
ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
PAIR = ec.generate_private_key(ec.SECP256R1())
TOML = f"""
[[keys]]
id = "{KEY_ID}"
material = "{base64.b64encode(bytes(range(32))).decode()}"
aliases = ["alias/app", "alias/other"]
description = "for tests"
tags = {{ team = "a" }}

[[keys]]
id = "{HMAC_ID}"
spec = "HMAC_256"
usage = "GENERATE_VERIFY_MAC"
material = "{base64.b64encode(b"k" * 32).decode()}"

[[keys]]
id = "{PAIR_ID}"
account_id = "{OTHER_ACCOUNT}"
region = "eu-central-1"
spec = "ECC_NIST_P256"
usage = "SIGN_VERIFY"
material = '''
{PAIR.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()}'''

[[keys]]
id = "{RANDOM_ID}"
policy = {{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Principal = "*", Action = "kms:*", Resource = "*" }}] }}

[[keys]]
id = "{REPLICATED_ID}"
replicas = ["eu-west-2"]

[[secrets]]
name = "app/password"
value = "hunter2"
kms_key_id = "alias/app"

[[secrets]]
name = "app/binary"
binary = "AAEC"

[[parameters]]
name = "/app/plain"
value = "one"

[[parameters]]
name = "/app/hidden"
value = "two"
type = "SecureString"
key_id = "alias/app"
tags = {{ stage = "dev" }}
"""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that was started with TOML."""
    file: Path = tmp_path_factory.mktemp("seed") / "seed.toml"
    file.write_text(TOML, encoding="utf-8")
    arguments = ["dev", "--listen", "127.0.0.1:0", "--account-id", ACCOUNT, "--region", "eu-west-1", "--seed-file", str(file)]
    running = start(arguments)
    yield running
    running.stop()


@pytest.fixture
def root(seeded: ServerProcess) -> Iterator[Any]:
    """The root user of the server's own account."""
    made = Clients(seeded.url, "test", account_id=ACCOUNT)
    yield made
    made.close()


def test_keys_have_the_given_ids_material_aliases_and_tags(root: Clients) -> None:
    """Symmetric, HMAC and elliptic-curve ones, in any account and Region; without material it is random."""
    shown = root.kms.describe_key(KeyId="alias/app")["KeyMetadata"]
    assert (shown["KeyId"], shown["Description"], shown["AWSAccountId"]) == (KEY_ID, "for tests", ACCOUNT)
    assert root.kms.describe_key(KeyId="alias/other")["KeyMetadata"]["KeyId"] == KEY_ID
    assert root.kms.list_resource_tags(KeyId=KEY_ID)["Tags"] == [{"TagKey": "team", "TagValue": "a"}]
    mac = root.kms.generate_mac(KeyId=HMAC_ID, Message=b"message", MacAlgorithm="HMAC_SHA_256")["Mac"]
    assert mac == hmac.digest(b"k" * 32, b"message", "sha256")
    other = Clients(root.url, OTHER_ACCOUNT, region="eu-central-1")
    public = PAIR.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert other.kms.get_public_key(KeyId=PAIR_ID)["PublicKey"] == public
    other.close()
    assert json.loads(root.kms.get_key_policy(KeyId=RANDOM_ID)["Policy"])["Statement"][0]["Principal"] == "*"
    replica = root.in_region("eu-west-2")
    blob = root.kms.encrypt(KeyId=REPLICATED_ID, Plaintext=b"x")["CiphertextBlob"]
    assert replica.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    replica.close()


def test_secrets_and_parameters_are_there(root: Clients) -> None:
    """Under the keys that they name."""
    assert root.secretsmanager.get_secret_value(SecretId="app/password")["SecretString"] == "hunter2"
    assert root.secretsmanager.describe_secret(SecretId="app/password")["KmsKeyId"] == "alias/app"
    assert root.secretsmanager.get_secret_value(SecretId="app/binary")["SecretBinary"] == b"\x00\x01\x02"
    assert root.ssm.get_parameter(Name="/app/plain")["Parameter"]["Value"] == "one"
    hidden = root.ssm.get_parameter(Name="/app/hidden", WithDecryption=True)["Parameter"]
    assert (hidden["Value"], hidden["Type"]) == ("two", "SecureString")


def test_a_reset_seeds_again_and_old_ciphertexts_still_open(root: Clients) -> None:
    """The same id and material make the same key; what was made since is gone."""
    blob = root.kms.encrypt(KeyId=KEY_ID, Plaintext=b"kept in a fixture", EncryptionContext={"a": "b"})["CiphertextBlob"]
    made = root.kms.create_key()["KeyMetadata"]["KeyId"]
    assert httpx.post(f"{root.url}/_dev/reset").status_code == 200
    assert root.kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})["Plaintext"] == b"kept in a fixture"
    assert root.secretsmanager.get_secret_value(SecretId="app/password")["SecretString"] == "hunter2"
    assert made not in {key["KeyId"] for key in root.kms.list_keys()["Keys"]}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"keys": [{"id": KEY_ID}, {"id": KEY_ID}]}, f"keys[1]: AlreadyExistsException: A key with the id {KEY_ID} already exists"),
        ({"keys": [{"id": KEY_ID, "aliases": ["app"]}]}, 'keys[0]: ValidationException: Alias must start with the prefix "alias/".'),
        ({"keys": [{"key_id": KEY_ID}]}, "Object contains unknown field `key_id` - at `$.keys[0]`"),
        ({"parameters": [{"name": "/a", "value": "v", "type": "Text"}]}, "parameters[0]: ValidationException"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_served(tmp_path: Path, document: Any, message: str) -> None:
    """Before the endpoint is announced."""
    file = tmp_path / "seed.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    ended = strongroom("dev", "--listen", "127.0.0.1:0", "--seed-file", str(file), check=False)
    assert ended.returncode == 1
    assert str(file) in ended.stderr
    assert message in ended.stderr
    assert "http://" not in ended.stdout
