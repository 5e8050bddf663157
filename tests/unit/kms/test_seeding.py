"""Keys with given ids and material."""

import os
from typing import Any

import pytest

from strongroom.core.errors import ApiError
from strongroom.core.secret import SecretBytes
from strongroom.kms.records import KeyRecord, MaterialRecord
from strongroom.kms.seeding import GivenKey, insert_given_key
from strongroom.kms.tables import KEYS, MATERIALS

KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
NOW = 1_700_000_000.0


class Memory:
    """A store that only takes and gives records."""

    def __init__(self) -> None:
        self.records: dict[tuple[Any, ...], Any] = {}

    def get(self, table: Any, *key: Any) -> Any:
        """Return the record, or None."""
        return self.records.get((table.name, *key))

    def insert(self, table: Any, record: Any) -> None:
        """Keep a record."""
        self.records[(table.name, *table.key_of(record))] = record


def _made(store: Any, **members: Any) -> tuple[KeyRecord, MaterialRecord]:
    given = GivenKey(**{"account_id": "111122223333", "region": "eu-west-1", "key_id": KEY_ID, "spec": "SYMMETRIC_DEFAULT", **members})
    key = insert_given_key(store, given, NOW, os.urandom)
    current = key.current
    assert current is not None
    return key, store.get(MATERIALS, key.account_id, key.region, key.key_id, current.material_id[:32])


def test_the_same_id_and_material_make_the_same_key() -> None:
    """Its material id too, so that ciphertexts of one run open in the next."""
    first, second = (_made(Memory(), material=SecretBytes(bytes(32))) for _ in range(2))
    assert first[0] == second[0]
    assert first[1].secret.reveal() == bytes(32)
    other, _ = _made(Memory(), material=SecretBytes(b"x" * 32))
    assert other.generations != first[0].generations


def test_material_may_be_left_to_chance() -> None:
    """Pairs have their public key; an mrk- id makes a multi-Region key."""
    assert _made(Memory())[1].secret.reveal() != _made(Memory())[1].secret.reveal()
    key, material = _made(Memory(), key_id="mrk-" + "a" * 32, spec="ECC_NIST_P256", usage="SIGN_VERIFY")
    assert (key.multi_region, key.primary_region) == (True, "eu-west-1")
    assert material.public_key


@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        ({"key_id": "app"}, "NotFoundException", "Invalid keyId 'app'"),
        (
            {"spec": "RSA_2048"},
            "ValidationException",
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
        ),
        (
            {"material": SecretBytes(b"abc")},
            "ValidationException",
            "the material of KeySpec SYMMETRIC_DEFAULT has 32 bytes, not 3",
        ),
        (
            {"spec": "RSA_2048", "usage": "SIGN_VERIFY", "material": SecretBytes(b"abc")},
            "ValidationException",
            "the material is no PKCS#8 private key of an RSA or elliptic-curve key of KeySpec RSA_2048",
        ),
        (
            {"spec": "ML_KEM_512", "usage": "ENCAPSULATE_DECAPSULATE"},
            "UnsupportedOperationException",
            "KeySpec ML_KEM_512 is not supported.",
        ),
    ],
)
def test_what_can_not_be_a_key_is_refused(members: dict[str, Any], code: str, message: str) -> None:
    """With the errors of CreateKey where it has them."""
    with pytest.raises(ApiError) as caught:
        _made(Memory(), **members)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_an_id_is_taken_once() -> None:
    """In its account and Region."""
    store: Any = Memory()
    _made(store)
    assert store.get(KEYS, "111122223333", "eu-west-1", KEY_ID) is not None
    with pytest.raises(ApiError) as caught:
        _made(store)
    assert caught.value.code == "AlreadyExistsException"
