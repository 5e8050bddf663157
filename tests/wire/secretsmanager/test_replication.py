"""Replicas in other Regions and in another account."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.support.clients import Clients

Refusal = Callable[..., tuple[str, str]]
REPLICA = "us-east-2"
ON_REPLICA = (
    "InvalidRequestException",
    "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
)


@pytest.fixture
def far(clients: Clients) -> Iterator[Clients]:
    """The same account in the replica's Region."""
    made = clients.in_region(REPLICA)
    yield made
    made.close()


def replicated(clients: Clients, **more: Any) -> str:
    """Make a secret with a replica and return its ARN."""
    created = clients.secretsmanager.create_secret(Name="n", SecretString="1", AddReplicaRegions=[{"Region": REPLICA}], **more)
    assert created["ReplicationStatus"] == [{"Region": REPLICA, "Status": "InSync"}]
    return created["ARN"]


def test_a_replica_has_the_primary_s_arn_in_its_own_region(clients: Clients, far: Clients) -> None:
    """Value, labels, tags and description are the same; both name the primary Region."""
    arn = replicated(clients, Description="d", Tags=[{"Key": "k", "Value": "v"}])
    read = far.secretsmanager.get_secret_value(SecretId="n")
    assert (read["ARN"], read["SecretString"]) == (arn.replace(clients.region, REPLICA), "1")
    near: Any = clients.secretsmanager.describe_secret(SecretId="n")
    there: Any = far.secretsmanager.describe_secret(SecretId="n")
    for member in ("Description", "Tags", "VersionIdsToStages", "PrimaryRegion"):
        assert near[member] == there[member]
    assert near["PrimaryRegion"] == clients.region
    assert "ReplicationStatus" not in there


def test_a_replica_follows_every_change(clients: Clients, far: Clients, policy_for: Callable[..., str]) -> None:
    """Values, labels, metadata, tags and the policy."""
    replicated(clients)
    near, there = clients.secretsmanager, far.secretsmanager
    version = near.put_secret_value(SecretId="n", SecretString="2", VersionStages=["MINE"])["VersionId"]
    assert there.get_secret_value(SecretId="n", VersionStage="MINE")["SecretString"] == "2"
    current = near.get_secret_value(SecretId="n")["VersionId"]
    near.update_secret_version_stage(SecretId="n", VersionStage="AWSCURRENT", MoveToVersionId=version, RemoveFromVersionId=current)
    assert there.get_secret_value(SecretId="n")["SecretString"] == "2"
    near.update_secret(SecretId="n", Description="new", SecretString="3")
    near.tag_resource(SecretId="n", Tags=[{"Key": "k", "Value": "v"}])
    policy = policy_for(f"arn:aws:iam::{clients.account_id}:root", "secretsmanager:*")
    near.put_resource_policy(SecretId="n", ResourcePolicy=policy)
    described = there.describe_secret(SecretId="n")
    assert (described["Description"], described["Tags"]) == ("new", [{"Key": "k", "Value": "v"}])
    assert there.get_secret_value(SecretId="n")["SecretString"] == "3"
    assert there.get_resource_policy(SecretId="n")["ResourcePolicy"] == policy


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("put_secret_value", {"SecretString": "x"}),
        ("update_secret", {"Description": "x"}),
        ("tag_resource", {"Tags": [{"Key": "k", "Value": "v"}]}),
        ("put_resource_policy", {"ResourcePolicy": "{}"}),
        ("rotate_secret", {}),
        ("delete_secret", {}),
        ("replicate_secret_to_regions", {"AddReplicaRegions": [{"Region": "eu-central-1"}]}),
    ],
)
def test_a_replica_is_changed_through_its_primary_only(
    clients: Clients, far: Clients, refused: Refusal, operation: str, more: dict[str, Any]
) -> None:
    """Every write is refused by AWS's text."""
    replicated(clients)
    assert refused(getattr(far.secretsmanager, operation), SecretId="n", **more) == ON_REPLICA


def test_a_primary_with_replicas_is_not_deleted(clients: Clients, far: Clients, refused: Refusal) -> None:
    """Until its replicas are removed."""
    replicated(clients)
    sm: Any = clients.secretsmanager
    assert refused(sm.delete_secret, SecretId="n") == (
        "InvalidParameterException",
        f"You can't delete secret n that still has replica regions [{REPLICA}]",
    )
    removed = sm.remove_regions_from_replication(SecretId="n", RemoveReplicaRegions=[REPLICA])
    assert "ReplicationStatus" not in removed
    assert refused(far.secretsmanager.describe_secret, SecretId="n")[0] == "ResourceNotFoundException"
    sm.delete_secret(SecretId="n")


def test_a_promoted_replica_is_a_secret_of_its_own(clients: Clients, far: Clients, refused: Refusal) -> None:
    """Its primary forgets it."""
    replicated(clients)
    assert refused(clients.secretsmanager.stop_replication_to_replica, SecretId="n")[0] == "InvalidRequestException"
    far.secretsmanager.stop_replication_to_replica(SecretId="n")
    far.secretsmanager.put_secret_value(SecretId="n", SecretString="own")
    assert clients.secretsmanager.get_secret_value(SecretId="n")["SecretString"] == "1"
    assert "ReplicationStatus" not in clients.secretsmanager.describe_secret(SecretId="n")


def test_a_taken_name_fails_the_replica_and_force_overwrites_it(clients: Clients, far: Clients) -> None:
    """The status says why; the primary is made all the same."""
    far.secretsmanager.create_secret(Name="n", SecretString="in the way")
    created = clients.secretsmanager.create_secret(Name="n", SecretString="1", AddReplicaRegions=[{"Region": REPLICA}])
    assert created["ReplicationStatus"] == [
        {
            "Region": REPLICA,
            "Status": "Failed",
            "StatusMessage": f"Replication failed: Secret name n already exists in region {REPLICA}",
        }
    ]
    assert far.secretsmanager.get_secret_value(SecretId="n")["SecretString"] == "in the way"
    again = clients.secretsmanager.replicate_secret_to_regions(
        SecretId="n", AddReplicaRegions=[{"Region": REPLICA}], ForceOverwriteReplicaSecret=True
    )
    assert again["ReplicationStatus"] == [{"Region": REPLICA, "Status": "InSync"}]
    assert far.secretsmanager.get_secret_value(SecretId="n")["SecretString"] == "1"


def test_a_replica_has_a_key_of_its_own_and_what_kms_refuses_is_told(clients: Clients, far: Clients) -> None:
    """A disabled key fails the replica and never the primary; trying again mends it."""
    arn = far.kms.create_key()["KeyMetadata"]["Arn"]
    far.kms.disable_key(KeyId=arn)
    regions: Any = [{"Region": REPLICA, "KmsKeyId": arn}]
    created = clients.secretsmanager.create_secret(Name="n", SecretString="1", AddReplicaRegions=regions)
    [status] = created["ReplicationStatus"]
    assert (status["Status"], status["KmsKeyId"]) == ("Failed", arn)
    far.kms.enable_key(KeyId=arn)
    again = clients.secretsmanager.replicate_secret_to_regions(SecretId="n", AddReplicaRegions=regions)
    assert again["ReplicationStatus"] == [{"Region": REPLICA, "KmsKeyId": arn, "Status": "InSync"}]
    assert far.secretsmanager.describe_secret(SecretId="n")["KmsKeyId"] == arn
    assert far.secretsmanager.get_secret_value(SecretId="n")["SecretString"] == "1"


def test_a_region_that_can_not_be_a_replica_is_refused(clients: Clients, refused: Refusal) -> None:
    """The secret's own, one given twice, and one that has no replica to remove."""
    sm = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="1")
    bad = ("InvalidParameterException", "Invalid replica region.")
    assert refused(sm.replicate_secret_to_regions, SecretId="n", AddReplicaRegions=[{"Region": clients.region}]) == bad
    assert refused(sm.replicate_secret_to_regions, SecretId="n", AddReplicaRegions=[{"Region": REPLICA}] * 2) == bad
    assert refused(sm.remove_regions_from_replication, SecretId="n", RemoveReplicaRegions=[REPLICA]) == bad


class Pair:
    """A primary in one account, and a replica waiting for it in another."""

    def __init__(self, primary: Clients, other: Clients, policy_for: Callable[..., str]) -> None:
        root = f"arn:aws:iam::{primary.account_id}:root"
        own = f"arn:aws:iam::{other.account_id}:root"
        self.primary: Any = primary.client("secretsmanager")
        self.other: Any = other.client("secretsmanager")  # the types of this client lack the cross-account operations
        self.primary_arn = self.primary.create_secret(Name="p", SecretString="1")["ARN"]
        statements = [
            {"Effect": "Allow", "Principal": {"AWS": own}, "Action": "kms:*", "Resource": "*"},
            {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:Encrypt", "Resource": "*"},
        ]
        self.key = other.kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))["KeyMetadata"]["Arn"]
        created = self.other.create_secret(Name="r", KmsKeyId=self.key, CrossAccountPrimaryARN=self.primary_arn)
        self.replica_arn = created["ARN"]
        policy = policy_for(root, "secretsmanager:AcceptCrossAccountReplication")
        self.other.put_resource_policy(SecretId="r", ResourcePolicy=policy)

    def associate(self) -> Any:
        """Link the two."""
        return self.primary.associate_cross_account_replica(**self.named(), ReplicaRestriction="NoRestriction")

    def named(self) -> dict[str, str]:
        """Return the parameters that name both."""
        return {"SecretId": "p", "CrossAccountReplicaARN": self.replica_arn}


@pytest.fixture
def pair(clients: Clients, make_account: Callable[[], Clients], policy_for: Callable[..., str]) -> Pair:
    """A primary and its waiting replica."""
    return Pair(clients, make_account(), policy_for)


def test_a_secret_of_another_account_follows_once_it_is_associated(pair: Pair, refused: Refusal) -> None:
    """It waits empty, then has the primary's values, and is not written to by itself."""
    assert pair.other.describe_secret(SecretId="r")["CrossAccountPrimary"] == {
        "PrimarySecretARN": pair.primary_arn,
        "ReplicationStatus": "Pending",
    }
    for _ in range(2):  # it may be repeated
        linked = pair.associate()
        assert (linked["ARN"], linked["ReplicationStatus"]) == (pair.primary_arn, "InSync")
    pair.primary.put_secret_value(SecretId="p", SecretString="2")
    assert pair.other.get_secret_value(SecretId="r")["SecretString"] == "2"
    assert pair.primary.describe_secret(SecretId="p")["CrossAccountReplicas"] == [
        {"ReplicaSecretARN": pair.replica_arn, "ReplicationStatus": "InSync"}
    ]
    assert refused(pair.other.put_secret_value, SecretId="r", SecretString="x") == ON_REPLICA
    assert refused(pair.primary.delete_secret, SecretId="p")[0] == "InvalidParameterException"


def test_without_the_other_account_s_consent_nothing_is_associated(pair: Pair, refused: Refusal) -> None:
    """AcceptCrossAccountReplication on the replica, and its organisation, are asked for."""
    assert refused(pair.primary.associate_cross_account_replica, **pair.named())[0] == "InvalidRequestException"
    pair.other.delete_resource_policy(SecretId="r")
    assert refused(pair.associate)[0] == "AccessDeniedException"
    assert "CrossAccountReplicas" not in pair.primary.describe_secret(SecretId="p")


def test_a_replica_that_stops_following_becomes_an_ordinary_secret(pair: Pair) -> None:
    """The primary notes that it has left."""
    pair.associate()
    pair.other.stop_replication_to_replica(SecretId="r")
    pair.other.put_secret_value(SecretId="r", SecretString="own")
    assert pair.primary.describe_secret(SecretId="p")["CrossAccountReplicas"][0]["ReplicationStatus"] == "Detached"
    pair.primary.put_secret_value(SecretId="p", SecretString="2")
    assert pair.other.get_secret_value(SecretId="r")["SecretString"] == "own"
    pair.primary.delete_secret(SecretId="p")


def test_a_disassociated_replica_stays_as_it_was(pair: Pair, refused: Refusal) -> None:
    """Detached, until its own account promotes it."""
    pair.associate()
    pair.primary.disassociate_cross_account_replica(**pair.named())
    pair.primary.put_secret_value(SecretId="p", SecretString="2")
    assert pair.other.get_secret_value(SecretId="r")["SecretString"] == "1"
    assert pair.other.describe_secret(SecretId="r")["CrossAccountPrimary"]["ReplicationStatus"] == "Detached"
    assert refused(pair.primary.disassociate_cross_account_replica, **pair.named())[0] == "InvalidRequestException"


def test_a_cross_account_replica_is_made_empty_and_under_a_customer_key(pair: Pair, refused: Refusal) -> None:
    """No value, description, type or Regions of its own, and a primary elsewhere."""
    create = pair.other.create_secret
    for given in ({"SecretString": "x"}, {"Description": "x"}, {"AddReplicaRegions": [{"Region": REPLICA}]}, {"Type": "x"}):
        answer = refused(create, Name="m", KmsKeyId=pair.key, CrossAccountPrimaryARN=pair.primary_arn, **given)
        assert answer[0] == "InvalidParameterException"
    assert refused(create, Name="m", CrossAccountPrimaryARN=pair.primary_arn)[0] == "InvalidParameterException"
    assert refused(create, Name="m", KmsKeyId=pair.key, CrossAccountPrimaryARN=pair.replica_arn)[0] == "InvalidRequestException"
