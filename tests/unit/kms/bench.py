"""Runs KMS the way the engine does, over a store in memory."""

import os
from typing import Any, cast

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import load_der_public_key
from msgspec.structs import replace
from tests.unit.identity.memory_store import MemoryStore, PlainTokens

from strongroom.calls.call import Environment, Observation, Origin
from strongroom.calls.execution import Execution
from strongroom.core.arn import root_arn
from strongroom.identity.principal import Principal, root_principal
from strongroom.kms import operations
from strongroom.kms.records import KeyRecord
from strongroom.kms.service import KMS
from strongroom.kms.tables import KEYS

assert operations.__all__  # importing them registers them
ACCOUNT = "111122223333"
REGION = "eu-west-1"
ROOT = root_principal(ACCOUNT, root_arn(ACCOUNT))
NOW = 1_700_000_000.0
ORIGIN = Origin("req", "127.0.0.1", "test")
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


class Bench:
    """One KMS in memory, with an empty account."""

    def __init__(self) -> None:
        self.store: Any = MemoryStore()
        self.observed: list[Observation] = []
        nothing = cast("Any", None)  # neither clocks nor the audit log are asked
        self._environment = Environment(nothing, os.urandom, PlainTokens(), self.observed.append, nothing)

    def call(self, operation: str, principal: Principal = ROOT, region: str = REGION, /, **request: Any) -> dict[str, Any]:
        """Run one call; its writes are dropped if it raises."""
        run = Execution({"kms": KMS}, self._environment, self.store, ORIGIN, NOW)
        with self.store.savepoint():
            return run.begin("kms", operation, principal, region, request)

    def make(self, **request: Any) -> str:
        """Create a key and return its id."""
        key_id: str = self.call("CreateKey", **request)["KeyMetadata"]["KeyId"]
        return key_id

    def key(self, key_id: str) -> KeyRecord:
        """Return a stored key."""
        found: KeyRecord = self.store.get(KEYS, ACCOUNT, REGION, key_id)
        return found

    def set(self, key_id: str, **changes: Any) -> None:
        """Change a stored key behind the operations' back."""
        self.store.replace(KEYS, replace(self.key(key_id), **changes))

    def wrapped(self, key_id: str, material: bytes) -> dict[str, Any]:
        """Return the parameters with which ImportKeyMaterial takes `material`: under an AES key under RSA."""
        algorithm = "RSA_AES_KEY_WRAP_SHA_256"
        given = self.call("GetParametersForImport", KeyId=key_id, WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048")
        public = load_der_public_key(given["PublicKey"])
        assert isinstance(public, rsa.RSAPublicKey)
        aes = os.urandom(32)
        wrapped = public.encrypt(aes, OAEP) + aes_key_wrap_with_padding(aes, material)
        expiry = "KEY_MATERIAL_DOES_NOT_EXPIRE"
        return {"KeyId": key_id, "ImportToken": given["ImportToken"], "EncryptedKeyMaterial": wrapped, "ExpirationModel": expiry}

    def imported(self, material: bytes, **request: Any) -> str:
        """Create a key from outside material and return its id."""
        key_id = self.make(Origin="EXTERNAL", **request)
        self.call("ImportKeyMaterial", **self.wrapped(key_id, material))
        return key_id
