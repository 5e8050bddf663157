"""Timed work, on a server of its own whose schedule clock is hurried. The wall clock stays where it is."""

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from tests.support.clients import Clients, new_account
from tests.support.process import start
from tests.wire.kms.support import advance_schedule, make_key, refused
from tests.wire.kms.test_imports import _import

DAY = 86_400
UNKNOWN_KEY = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."
)
Advance = Callable[[float], None]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server whose schedule no other test depends on."""
    running = start(["dev", "--listen", "127.0.0.1:0"])
    yield running.url
    running.stop()


@pytest.fixture
def hurried(url: str) -> Iterator[Clients]:
    """Clients of an account of its own on that server."""
    account = new_account()
    made = Clients(url, account, account_id=account)
    yield made
    made.close()


@pytest.fixture
def advance(url: str) -> Advance:
    """Sets the schedule clock ahead by so many seconds, and does what is due."""
    return partial(advance_schedule, url)


def _service_events(clients: Clients, name: str) -> list[Any]:
    found = clients.cloudtrail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])["Events"]
    return [json.loads(event["CloudTrailEvent"]) for event in found]


def test_a_key_is_deleted_with_all_that_hangs_on_it(hurried: Clients, advance: Advance) -> None:
    """Material, aliases and grants; its ciphertexts never open again, and the event names it."""
    kms = hurried.kms
    key = make_key(kms)
    kms.create_alias(AliasName="alias/x", TargetKeyId=key)
    kms.create_grant(KeyId=key, GranteePrincipal=hurried.account_id, RetiringPrincipal=hurried.account_id, Operations=["Encrypt"])
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    kept = make_key(kms)
    kms.schedule_key_deletion(KeyId=kept, PendingWindowInDays=30)
    advance(7 * DAY + 60)
    with refused("NotFoundException", f"Key '{key}' does not exist"):
        kms.describe_key(KeyId=key)
    with refused("NotFoundException", f"Alias {key.rpartition(':')[0]}:alias/x is not found."):
        kms.describe_key(KeyId="alias/x")
    with refused("AccessDeniedException", UNKNOWN_KEY):
        kms.decrypt(CiphertextBlob=blob)
    assert kms.list_retirable_grants(RetiringPrincipal=hurried.account_id)["Grants"] == []
    assert [one["KeyArn"] for one in kms.list_keys()["Keys"]] == [kept]
    (event,) = _service_events(hurried, "DeleteKey")
    assert (event["eventType"], event["userIdentity"]["invokedBy"]) == ("AwsServiceEvent", "AWS Internal")
    assert event["resources"][0]["ARN"] == key


def test_a_key_rotates_when_its_period_ends(hurried: Clients, advance: Advance) -> None:
    """Old ciphertexts still open, and the next period begins."""
    kms: Any = hurried.kms
    key = make_key(kms)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    first = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    before = kms.get_key_rotation_status(KeyId=key)["NextRotationDate"]
    advance(91 * DAY)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"] != first
    assert kms.decrypt(CiphertextBlob=blob)["KeyMaterialId"] == first
    (entry,) = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert entry["RotationType"] == "AUTOMATIC"
    assert (kms.get_key_rotation_status(KeyId=key)["NextRotationDate"] - before).days >= 89
    (event,) = _service_events(hurried, "RotateKey")
    assert event["resources"][0]["ARN"] == key


def test_a_disabled_key_rotates_once_it_is_enabled(hurried: Clients, advance: Advance) -> None:
    """An overdue rotation follows at once."""
    kms: Any = hurried.kms
    key = make_key(kms)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    kms.disable_key(KeyId=key)
    advance(91 * DAY)
    assert kms.list_key_rotations(KeyId=key)["Rotations"] == []
    kms.enable_key(KeyId=key)
    advance(60)
    assert len(kms.list_key_rotations(KeyId=key)["Rotations"]) == 1


def test_expired_material_is_erased(hurried: Clients, advance: Advance) -> None:
    """The key waits for it, and the event names the key."""
    kms: Any = hurried.kms
    key = make_key(kms, Origin="EXTERNAL")
    _import(kms, key, b"m" * 32, ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=time.time() + DAY)
    advance(DAY + 60)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingImport"
    (event,) = _service_events(hurried, "DeleteExpiredKeyMaterial")
    assert event["resources"][0]["ARN"] == key
    _import(kms, key, b"m" * 32)
    kms.encrypt(KeyId=key, Plaintext=b"x")


def test_wrapping_keys_are_deleted_when_they_expire(hurried: Clients, advance: Advance) -> None:
    """Their token is an expired one then, though its own date has not come yet by the wall clock."""
    kms: Any = hurried.kms
    key = make_key(kms, Origin="EXTERNAL")
    given = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")
    assert abs(given["ParametersValidTo"].timestamp() - time.time() - DAY) < 60
    advance(DAY + 60)
    with refused("ExpiredImportTokenException"):
        kms.import_key_material(
            KeyId=key,
            ImportToken=given["ImportToken"],
            EncryptedKeyMaterial=b"x" * 256,
            ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
        )


def test_the_last_replica_starts_the_primary_s_waiting_period(hurried: Clients, advance: Advance) -> None:
    """Until then the primary has no date."""
    kms, there = hurried.kms, hurried.in_region("us-east-1")
    key = make_key(kms, MultiRegion=True)
    replica = key.replace("eu-west-1", "us-east-1")
    kms.replicate_key(KeyId=key, ReplicaRegion="us-east-1")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=8)
    there.kms.schedule_key_deletion(KeyId=replica, PendingWindowInDays=7)
    advance(400 * DAY)
    with refused("NotFoundException"):
        there.kms.describe_key(KeyId=replica)
    there.close()
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert shown["KeyState"] == "PendingDeletion"
    assert "DeletionDate" in shown
    advance(9 * DAY)
    with refused("NotFoundException"):
        kms.describe_key(KeyId=key)
