"""Rotation over the wire."""

import time
from typing import Any

import pytest
from tests.support.clients import Clients
from tests.wire.kms.support import make_key, refused


def test_automatic_rotation_is_switched_on_changed_and_off(clients: Clients) -> None:
    """The next date counts from the moment it was switched on."""
    kms: Any = clients.kms
    key = make_key(kms)
    off = {"KeyId": key, "KeyRotationEnabled": False}
    status = kms.get_key_rotation_status(KeyId=key)
    assert {name: status[name] for name in status if name != "ResponseMetadata"} == off
    for parameters, days in (({}, 365), ({"RotationPeriodInDays": 90}, 90)):
        kms.enable_key_rotation(KeyId=key, **parameters)
        status = kms.get_key_rotation_status(KeyId=key)
        assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, days)
        assert abs(status["NextRotationDate"].timestamp() - time.time() - days * 86_400) < 60
    kms.disable_key(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    kms.enable_key(KeyId=key)
    kms.schedule_key_deletion(KeyId=key)
    assert not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    kms.disable_key_rotation(KeyId=key)
    assert not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]


def test_after_a_rotation_old_ciphertexts_still_open(clients: Clients) -> None:
    """New ones name the new material; the rotations are listed."""
    kms: Any = clients.kms
    key = make_key(kms)
    first = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    old = kms.encrypt(KeyId=key, Plaintext=b"old")["CiphertextBlob"]
    assert kms.rotate_key_on_demand(KeyId=key.rpartition("/")[2])["KeyId"] == key
    second = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert second != first
    opened = kms.decrypt(CiphertextBlob=old)
    assert (opened["Plaintext"], opened["KeyMaterialId"]) == (b"old", first)
    assert kms.generate_data_key(KeyId=key, KeySpec="AES_256")["KeyMaterialId"] == second
    (entry,) = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert (entry["KeyId"], entry["KeyMaterialId"], entry["RotationType"]) == (key, second, "ON_DEMAND")
    everything = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [(one["KeyMaterialId"], one["KeyMaterialState"]) for one in everything] == [(first, "NON_CURRENT"), (second, "CURRENT")]
    assert "RotationDate" not in everything[0]


def test_a_key_rotates_on_demand_25_times(clients: Clients) -> None:
    """And the rotations come in pages."""
    kms: Any = clients.kms
    key = make_key(kms)
    for _ in range(25):
        kms.rotate_key_on_demand(KeyId=key)
    message = (
        "The on-demand rotations limit has been reached for the given keyId. "
        f"No more on-demand rotations can be performed for this key: {key}"
    )
    with refused("LimitExceededException", message):
        kms.rotate_key_on_demand(KeyId=key)
    first = kms.list_key_rotations(KeyId=key, Limit=20)
    second = kms.list_key_rotations(KeyId=key, Limit=20, Marker=first["NextMarker"])
    assert (first["Truncated"], second["Truncated"]) == (True, False)
    assert len({one["KeyMaterialId"] for one in first["Rotations"] + second["Rotations"]}) == 25


@pytest.mark.parametrize(
    "operation", ["enable_key_rotation", "disable_key_rotation", "get_key_rotation_status", "rotate_key_on_demand", "list_key_rotations"]
)
def test_keys_that_never_rotate_say_so_without_a_text(clients: Clients, operation: str) -> None:
    """HMAC keys, in any state."""
    kms: Any = clients.kms
    key = make_key(kms, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    for _ in range(2):
        with refused("UnsupportedOperationException", None):
            getattr(kms, operation)(KeyId=key)
        kms.disable_key(KeyId=key)


def test_a_disabled_key_does_not_rotate(clients: Clients) -> None:
    """Neither on demand nor can it be set."""
    kms: Any = clients.kms
    key = make_key(kms)
    kms.disable_key(KeyId=key)
    for operation in ("enable_key_rotation", "disable_key_rotation", "rotate_key_on_demand"):
        with refused("DisabledException", f"{key} is disabled."):
            getattr(kms, operation)(KeyId=key)
