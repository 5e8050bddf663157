"""Making keys, what is told about them, and switching them."""

import time
from typing import Any

import pytest
from tests.support.clients import Clients
from tests.wire.kms.support import each_refused, make_key, refused


def test_a_new_key_shows_what_aws_shows(clients: Clients) -> None:
    """Always-present members, the algorithms of its usage, and the id of its material."""
    made = clients.kms.create_key(Description="for tests", Tags=[{"TagKey": "team", "TagValue": "a"}])["KeyMetadata"]
    assert {name: made.get(name) for name in made if name not in ("KeyId", "Arn", "CreationDate", "CurrentKeyMaterialId")} == {
        "AWSAccountId": clients.account_id,
        "Enabled": True,
        "Description": "for tests",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
    }
    assert made["Arn"] == f"arn:aws:kms:eu-west-1:{clients.account_id}:key/{made['KeyId']}"
    assert len(made["CurrentKeyMaterialId"]) == 64
    assert clients.kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"] == made
    assert clients.kms.list_resource_tags(KeyId=made["KeyId"])["Tags"] == [{"TagKey": "team", "TagValue": "a"}]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"KeySpec": "RSA_2048"},
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
        ),
        ({"KeySpec": "RSA_2048", "KeyUsage": "KEY_AGREEMENT"}, "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048"),
    ],
)
def test_a_key_that_can_not_be_is_refused(clients: Clients, parameters: Any, message: str) -> None:
    """The texts of CreateKey."""
    with refused("ValidationException", message):
        clients.kms.create_key(**parameters)


@pytest.mark.parametrize(
    ("spec", "usage", "code", "message"),
    [
        ("ML_KEM_512", "ENCAPSULATE_DECAPSULATE", "UnsupportedOperationException", "KeySpec ML_KEM_512 is not supported."),
        ("SM2", "SIGN_VERIFY", "ValidationException", "KeySpec SM2 is not supported in this Region."),
    ],
)
def test_a_spec_that_can_not_be_offered_is_refused_by_name(clients: Clients, spec: Any, usage: Any, code: str, message: str) -> None:
    """As a KMS key and as a data key pair."""
    with refused(code, message):
        clients.kms.create_key(KeySpec=spec, KeyUsage=usage)
    with refused(code, message.replace("KeySpec", "KeyPairSpec")):
        clients.kms.generate_data_key_pair(KeyId=make_key(clients.kms), KeyPairSpec=spec)


def test_keys_are_listed_in_pages(clients: Clients) -> None:
    """Each key once, and a marker only while more follow."""
    made = {make_key(clients.kms) for _ in range(5)}
    first = clients.kms.list_keys(Limit=3)
    assert first["Truncated"]
    second: Any = clients.kms.list_keys(Limit=3, Marker=first["NextMarker"])
    assert not second["Truncated"]
    assert "NextMarker" not in second
    assert {key["KeyArn"] for key in first["Keys"] + second["Keys"]} == made
    with refused("InvalidMarkerException"):
        clients.kms.list_keys(Marker="made up")


def test_keys_are_not_shared_through_ram(clients: Clients) -> None:
    """Asking for others' keys alone gives none."""
    make_key(clients.kms)
    kms: Any = clients.kms
    assert kms.list_keys(ResourceOwners=["OTHER_ACCOUNTS_VIA_RAM"])["Keys"] == []
    assert len(kms.list_keys(ResourceOwners=["SELF", "OTHER_ACCOUNTS_VIA_RAM"])["Keys"]) == 1


def test_a_disabled_key_is_refused_until_it_is_enabled(clients: Clients) -> None:
    """Both switches are idempotent."""
    kms = clients.kms
    key = make_key(kms)
    for _ in range(2):
        kms.disable_key(KeyId=key)
    assert (kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"], kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"]) == (
        "Disabled",
        False,
    )
    each_refused(
        "DisabledException",
        f"{key} is disabled.",
        lambda: kms.encrypt(KeyId=key, Plaintext=b"x"),
        lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256"),
    )
    for _ in range(2):
        kms.enable_key(KeyId=key)
    kms.encrypt(KeyId=key, Plaintext=b"x")


def test_the_description_can_be_replaced(clients: Clients) -> None:
    """With an empty one too."""
    key = make_key(clients.kms, Description="old")
    for text in ("new", ""):
        clients.kms.update_key_description(KeyId=key, Description=text)
        assert clients.kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == text


def test_deletion_waits_and_can_be_cancelled(clients: Clients) -> None:
    """The key is unusable meanwhile, and disabled afterwards."""
    kms = clients.kms
    key = make_key(kms)
    answer = kms.schedule_key_deletion(KeyId=key.rpartition("/")[2], PendingWindowInDays=7)
    assert (answer["KeyId"], answer["KeyState"], answer["PendingWindowInDays"]) == (key, "PendingDeletion", 7)
    assert abs(answer["DeletionDate"].timestamp() - time.time() - 7 * 86_400) < 60
    described = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (described["KeyState"], described["DeletionDate"]) == ("PendingDeletion", answer["DeletionDate"])
    pending = f"{key} is pending deletion."
    each_refused(
        "KMSInvalidStateException",
        pending,
        lambda: kms.encrypt(KeyId=key, Plaintext=b"x"),
        lambda: kms.enable_key(KeyId=key),
        lambda: kms.schedule_key_deletion(KeyId=key),
        lambda: kms.create_alias(AliasName="alias/x", TargetKeyId=key),
        lambda: kms.tag_resource(KeyId=key, Tags=[]),
    )
    assert kms.cancel_key_deletion(KeyId=key)["KeyId"] == key
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    with refused("KMSInvalidStateException", f"{key} is not pending deletion."):
        kms.cancel_key_deletion(KeyId=key)


@pytest.mark.parametrize(("days", "bound"), [(6, "greater than or equal to 7"), (31, "less than or equal to 30")])
def test_the_waiting_period_has_bounds(clients: Clients, days: int, bound: str) -> None:
    """7 to 30 days, whatever the model says."""
    message = (
        f"1 validation error detected: Value '{days}' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value {bound}"
    )
    with refused("ValidationException", message):
        clients.kms.schedule_key_deletion(KeyId=make_key(clients.kms), PendingWindowInDays=days)


def test_the_last_use_is_remembered(clients: Clients) -> None:
    """An unused key has an empty object; a use appears within a second or so."""
    kms: Any = clients.kms
    key = make_key(kms)
    unused = kms.get_key_last_usage(KeyId=key)
    assert (unused["KeyId"], unused["KeyLastUsage"]) == (key, {})
    assert unused["TrackingStartDate"] == unused["KeyCreationDate"]
    kms.encrypt(KeyId=key, Plaintext=b"x")
    deadline = time.monotonic() + 10
    while not (used := kms.get_key_last_usage(KeyId=key)["KeyLastUsage"]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert used["Operation"] == "Encrypt"


def test_random_bytes_come_in_the_length_asked_for(clients: Clients) -> None:
    """1 to 1024, and the length must be said."""
    assert len(clients.kms.generate_random(NumberOfBytes=1024)["Plaintext"]) == 1024
    with refused("ValidationException", "NumberOfBytes is required."):
        clients.kms.generate_random()
    low = "Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1"
    with refused("ValidationException", f"1 validation error detected: {low}"):
        clients.kms.generate_random(NumberOfBytes=0)


def test_tags_follow_their_rules(clients: Clients) -> None:
    """Overwriting, removing, pages, and the texts of TagException."""
    kms = clients.kms
    key = make_key(kms, Tags=[{"TagKey": "a", "TagValue": "1"}])
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": "2"}, {"TagKey": "b", "TagValue": ""}])
    first = kms.list_resource_tags(KeyId=key, Limit=1)
    assert (first["Tags"], first["Truncated"]) == ([{"TagKey": "a", "TagValue": "2"}], True)
    assert kms.list_resource_tags(KeyId=key, Marker=first["NextMarker"])["Tags"] == [{"TagKey": "b", "TagValue": ""}]
    kms.untag_resource(KeyId=key, TagKeys=["a", "never"])
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "b", "TagValue": ""}]
    cases: Any = (
        ([{"TagKey": "a", "TagValue": "1"}] * 2, "Duplicate tag keys"),
        ([{"TagKey": str(n), "TagValue": "1"} for n in range(51)], "Too many tags"),
        ([{"TagKey": "AWS:x", "TagValue": "1"}], "Tags beginning with aws: are reserved"),
    )
    for tags, message in cases:
        with refused("TagException", message):
            kms.tag_resource(KeyId=key, Tags=tags)
        with refused("TagException", message):
            kms.create_key(Tags=tags)
