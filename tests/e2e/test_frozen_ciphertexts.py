"""Ciphertexts that were made once, opened by a server with the same keys. Customers keep theirs for decades."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.clients import Clients
from tests.support.process import ROOT, ServerProcess, start
from tests.wire.kms.support import refused

FROZEN = json.loads((ROOT / "tests" / "vectors" / "kms-decrypt-v1.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def server_of_the_keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server whose keys have the ids and the material of the file."""
    file: Path = tmp_path_factory.mktemp("seed") / "seed.json"
    keys = [
        {"id": key["id"], "account_id": key["account_id"], "region": key["region"], "material": key["material"]} for key in FROZEN["keys"]
    ]
    file.write_text(json.dumps({"keys": keys}), encoding="utf-8")
    running = start(["dev", "--listen", "127.0.0.1:0", "--seed-file", str(file)])
    yield running
    running.stop()


@pytest.mark.parametrize("vector", FROZEN["ciphertexts"], ids=[vector["name"] for vector in FROZEN["ciphertexts"]])
def test_a_frozen_ciphertext_opens_through_decrypt(server_of_the_keys: ServerProcess, vector: dict[str, Any]) -> None:
    """With its encryption context in any order, and with no other one."""
    key = FROZEN["keys"][vector["key"]]
    clients = Clients(server_of_the_keys.url, key["account_id"], region=key["region"])
    blob, context = base64.b64decode(vector["ciphertext"]), vector["context"]
    opened: Any = clients.kms.decrypt(CiphertextBlob=blob, EncryptionContext=dict(reversed(context.items())))
    assert opened["Plaintext"] == base64.b64decode(vector["plaintext"])
    assert (opened["KeyId"].rpartition("/")[2], opened["KeyMaterialId"]) == (key["id"], key["material_id"])
    with refused("InvalidCiphertextException", None):
        clients.kms.decrypt(CiphertextBlob=blob, EncryptionContext={**context, "another": "pair"})
    clients.close()
