"""Multi-Region keys over the wire."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.clients import REGION, Clients
from tests.wire.kms.support import account_policy, allow, make_key, refused, root
from tests.wire.kms.test_imports import _import

OTHER = "us-east-1"


@pytest.fixture
def other(clients: Clients) -> Iterator[Clients]:
    """The same caller in another Region."""
    made = clients.in_region(OTHER)
    yield made
    made.close()


def _arn(clients: Clients, key: str, region: str) -> str:
    return f"arn:aws:kms:{region}:{clients.account_id}:key/{key.rpartition('/')[2]}"


def test_a_replica_opens_what_its_primary_encrypted(clients: Clients, other: Clients) -> None:
    """Same id and material; everything else is its own."""
    key = make_key(clients.kms, MultiRegion=True, Description="primary", Tags=[{"TagKey": "a", "TagValue": "b"}])
    assert key.rpartition("/")[2].startswith("mrk-")
    made: Any = clients.kms.replicate_key(KeyId=key, ReplicaRegion=OTHER)
    metadata = made["ReplicaKeyMetadata"]
    replica = _arn(clients, key, OTHER)
    assert (metadata["Arn"], metadata["KeyState"], metadata["Enabled"], metadata["Description"]) == (replica, "Creating", False, "")
    assert "CurrentKeyMaterialId" not in metadata
    assert root(clients.account_id) in made["ReplicaPolicy"]
    assert made["ReplicaTags"] == []
    shown = other.kms.describe_key(KeyId=replica)["KeyMetadata"]
    assert shown["KeyState"] == "Enabled"
    assert shown["MultiRegionConfiguration"] == {
        "MultiRegionKeyType": "REPLICA",
        "PrimaryKey": {"Arn": key, "Region": REGION},
        "ReplicaKeys": [{"Arn": replica, "Region": OTHER}],
    }
    blob = clients.kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
    opened = other.kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})
    assert (opened["Plaintext"], opened["KeyId"]) == (b"x", replica)


def test_only_a_primary_is_replicated_and_once_for_each_region(clients: Clients, other: Clients) -> None:
    """Single-Region keys and replicas are refused alike."""
    single = make_key(clients.kms)
    with refused("UnsupportedOperationException", f"{single} is not a multi-region primary key."):
        clients.kms.replicate_key(KeyId=single, ReplicaRegion=OTHER)
    key = make_key(clients.kms, MultiRegion=True)
    clients.kms.replicate_key(KeyId=key, ReplicaRegion=OTHER)
    for region in (OTHER, REGION):
        with refused("AlreadyExistsException"):
            clients.kms.replicate_key(KeyId=key, ReplicaRegion=region)
    replica = _arn(clients, key, OTHER)
    with refused("UnsupportedOperationException", f"{replica} is not a multi-region primary key."):
        other.kms.replicate_key(KeyId=replica, ReplicaRegion="ap-south-1")
    for operation in ("enable_key_rotation", "rotate_key_on_demand"):
        with refused("UnsupportedOperationException"):
            getattr(other.kms, operation)(KeyId=replica)


def test_a_rotation_reaches_every_replica(clients: Clients, other: Clients) -> None:
    """Settings too."""
    key = make_key(clients.kms, MultiRegion=True)
    clients.kms.replicate_key(KeyId=key, ReplicaRegion=OTHER)
    replica = _arn(clients, key, OTHER)
    clients.kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=100)
    assert other.kms.get_key_rotation_status(KeyId=replica)["RotationPeriodInDays"] == 100
    clients.kms.rotate_key_on_demand(KeyId=key)
    blob = clients.kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert other.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_the_primary_moves(clients: Clients, other: Clients) -> None:
    """To a Region that has a replica."""
    key = make_key(clients.kms, MultiRegion=True)
    with refused("NotFoundException"):
        clients.kms.update_primary_region(KeyId=key, PrimaryRegion=OTHER)
    clients.kms.replicate_key(KeyId=key, ReplicaRegion=OTHER)
    clients.kms.update_primary_region(KeyId=key, PrimaryRegion=OTHER)
    for one, kind in ((clients, "REPLICA"), (other, "PRIMARY")):
        shown = one.kms.describe_key(KeyId=key.rpartition("/")[2])["KeyMetadata"]["MultiRegionConfiguration"]
        assert shown["MultiRegionKeyType"] == kind
        assert shown["PrimaryKey"]["Region"] == OTHER
        assert [replica["Region"] for replica in shown["ReplicaKeys"]] == [REGION]
    with refused("UnsupportedOperationException", f"{key} is not a multi-region primary key."):
        clients.kms.update_primary_region(KeyId=key, PrimaryRegion=OTHER)


def test_a_primary_waits_for_its_replicas_to_be_deleted(clients: Clients, other: Clients) -> None:
    """It has no deletion date meanwhile."""
    key = make_key(clients.kms, MultiRegion=True)
    clients.kms.replicate_key(KeyId=key, ReplicaRegion=OTHER)
    answer: Any = clients.kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert (answer["KeyState"], answer["PendingWindowInDays"]) == ("PendingReplicaDeletion", 7)
    assert "DeletionDate" not in answer
    shown = clients.kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (shown["KeyState"], shown["PendingDeletionWindowInDays"]) == ("PendingReplicaDeletion", 7)
    with refused("KMSInvalidStateException", f"{key} is pending replica deletion."):
        clients.kms.encrypt(KeyId=key, Plaintext=b"x")
    assert other.kms.describe_key(KeyId=_arn(clients, key, OTHER))["KeyMetadata"]["KeyState"] == "Enabled"


def test_replicating_takes_the_right_to_create_keys_there(clients: Clients, make_user: Any) -> None:
    """kms:ReplicateKey on the primary, kms:CreateKey in the replica's Region."""
    condition = {"StringEquals": {"aws:RequestedRegion": OTHER}}
    able = make_user(clients, "able", {"Effect": "Allow", "Action": "kms:CreateKey", "Resource": "*", "Condition": condition})
    unable = make_user(clients, "unable")
    names = [f"arn:aws:iam::{clients.account_id}:user/{name}" for name in ("able", "unable")]
    key = make_key(clients.kms, MultiRegion=True, Policy=account_policy(clients, allow(names, "kms:ReplicateKey")))
    for user, region in ((unable, OTHER), (able, "ap-south-1")):
        with refused("AccessDeniedException"):
            user.kms.replicate_key(KeyId=key, ReplicaRegion=region)
    able.kms.replicate_key(KeyId=key, ReplicaRegion=OTHER)


def test_imported_material_goes_to_every_region_before_it_rotates(clients: Clients, other: Clients) -> None:
    """First on the primary, then the same bytes on the replica."""
    kms: Any = clients.kms
    there: Any = other.kms
    first, second = os.urandom(32), os.urandom(32)
    key = make_key(kms, MultiRegion=True, Origin="EXTERNAL")
    _import(kms, key, first)
    kms.replicate_key(KeyId=key, ReplicaRegion=OTHER)
    replica = _arn(clients, key, OTHER)
    assert there.describe_key(KeyId=replica)["KeyMetadata"]["KeyState"] == "PendingImport"
    with refused("IncorrectKeyMaterialException"):
        _import(there, replica, second)
    _import(there, replica, first)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert there.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"

    def states(client: Any, name: str) -> list[str]:
        entries = client.list_key_rotations(KeyId=name, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
        return [entry["KeyMaterialState"] for entry in entries]

    _import(kms, key, second, ImportType="NEW_KEY_MATERIAL")
    assert states(kms, key) == states(there, replica) == ["CURRENT", "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"]
    with refused("KMSInvalidStateException"):
        kms.rotate_key_on_demand(KeyId=key)
    _import(there, replica, second)
    assert states(kms, key) == states(there, replica) == ["CURRENT", "PENDING_ROTATION"]
    kms.rotate_key_on_demand(KeyId=key)
    assert states(kms, key) == states(there, replica) == ["NON_CURRENT", "CURRENT"]
    blob = there.encrypt(KeyId=replica, Plaintext=b"y")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"y"
