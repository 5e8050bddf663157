"""Replicas in other Regions: add, remove, promote."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.calls.target import Target
from strongroom.secretsmanager.conditions import request_conditions
from strongroom.secretsmanager.describe import replication_status
from strongroom.secretsmanager.errors import InvalidParameter, InvalidRequest
from strongroom.secretsmanager.records import ReplicaEntry, SecretRecord
from strongroom.secretsmanager.replication import DETACHED, IN_PROGRESS, replica_in, replicated, secret_at
from strongroom.secretsmanager.resolve import active_secret_in_request, resource_of, writable_secret_in_request
from strongroom.secretsmanager.service import operation
from strongroom.secretsmanager.stored import delete_from, milliseconds
from strongroom.secretsmanager.tables import SECRETS

if TYPE_CHECKING:
    from types_boto3_secretsmanager.type_defs import (
        RemoveRegionsFromReplicationRequestTypeDef,
        ReplicateSecretToRegionsRequestTypeDef,
        StopReplicationToReplicaRequestTypeDef,
    )

RECORDED = ("ARN", "ReplicationStatus")
BAD_REGION = "Invalid replica region."
NOT_A_REPLICA = "Operation not permitted on a primary secret. Call must be made in replica secret's region."


@operation(
    "ReplicateSecretToRegions",
    action="secretsmanager:ReplicateSecretToRegions",
    resource=writable_secret_in_request,
    conditions=request_conditions,
    recorded=RECORDED,
)
def replicate_secret_to_regions(call: Call, secret: SecretRecord, request: "ReplicateSecretToRegionsRequestTypeDef") -> dict[str, Any]:
    """Add replicas in further Regions; a Region whose replica failed is tried again.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ReplicateSecretToRegions.html
    """
    changed = with_replicas(call, replace(secret, changed_ms=milliseconds(call.now)), request)
    call.store.replace(SECRETS, changed)
    return {"ARN": secret.arn, "ReplicationStatus": replication_status(call.store, changed)}


def with_replicas(call: Call, secret: SecretRecord, request: Mapping[str, Any]) -> SecretRecord:
    """Return the secret, not yet saved, with the request's AddReplicaRegions made. Raises InvalidParameter for its own Region."""
    added = request.get("AddReplicaRegions") or ()
    if not added:
        return secret
    regions = [each.get("Region") for each in added]
    if None in regions or secret.region in regions or len(set(regions)) != len(regions):
        raise InvalidParameter(BAD_REGION)
    kept = {each.region: each for each in secret.replicas}
    for each in added:
        region = each["Region"]
        if region not in kept or replica_in(call, secret, region) is None:
            kept[region] = ReplicaEntry(region=region, kms_key_id=each.get("KmsKeyId") or None, status=IN_PROGRESS)
    overwrite = frozenset(regions) if request.get("ForceOverwriteReplicaSecret") else frozenset[str]()
    return replicated(call, replace(secret, replicas=tuple(kept.values()), primary_region=secret.region), overwrite)


@operation(
    "RemoveRegionsFromReplication",
    action="secretsmanager:RemoveRegionsFromReplication",
    resource=writable_secret_in_request,
    conditions=request_conditions,
    recorded=RECORDED,
)
def remove_regions_from_replication(
    call: Call, secret: SecretRecord, request: "RemoveRegionsFromReplicationRequestTypeDef"
) -> dict[str, Any]:
    """Delete the replicas in the named Regions.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RemoveRegionsFromReplication.html
    """
    removed = set(request["RemoveReplicaRegions"])
    if not removed <= {each.region for each in secret.replicas}:
        raise InvalidParameter(BAD_REGION)
    for region in sorted(removed):
        replica = replica_in(call, secret, region)
        if replica is not None:
            delete_from(call.store, replica)
    changed = without_regions(secret, removed, milliseconds(call.now))
    call.store.replace(SECRETS, changed)
    return {"ARN": secret.arn, "ReplicationStatus": replication_status(call.store, changed)}


def without_regions(primary: SecretRecord, regions: set[str], now_ms: int) -> SecretRecord:
    """Return the primary without the entries of these Regions; without any, it is an ordinary secret again."""
    left = tuple(each for each in primary.replicas if each.region not in regions)
    return replace(primary, replicas=left, primary_region=primary.region if left else None, changed_ms=now_ms)


def replica_in_request(call: Call, request: Mapping[str, Any]) -> Target[SecretRecord]:
    """Resolve SecretId to a replica; a secret that follows nobody is refused once the caller is authorised."""
    target = active_secret_in_request(call, request)
    if target.record is not None and not target.record.is_replica:
        return Target(target.resource, absent=InvalidRequest(NOT_A_REPLICA))
    return target


@operation(
    "StopReplicationToReplica",
    action="secretsmanager:StopReplicationToReplica",
    resource=replica_in_request,
    conditions=request_conditions,
    recorded=("ARN",),
)
def stop_replication_to_replica(call: Call, secret: SecretRecord, request: "StopReplicationToReplicaRequestTypeDef") -> dict[str, Any]:
    """Make a replica a secret of its own; its primary forgets it, or in another account notes that it is detached.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_StopReplicationToReplica.html
    """
    del request
    now = milliseconds(call.now)
    if secret.account_primary is not None:
        call.authorise("secretsmanager:DeleteResourcePolicy", resource_of(secret))
        _detach_from(call, secret, secret.account_primary.arn)
        call.store.replace(SECRETS, replace(secret, account_primary=None, policy=None, changed_ms=now))
        return {"ARN": secret.arn}
    primary = call.store.get(SECRETS, secret.account_id, secret.primary_region, secret.name)
    if primary is not None and primary.suffix == secret.suffix:
        call.store.replace(SECRETS, without_regions(primary, {secret.region}, now))
    call.store.replace(SECRETS, replace(secret, primary_region=None, changed_ms=now))
    return {"ARN": secret.arn}


def _detach_from(call: Call, replica: SecretRecord, primary_arn: str) -> None:
    """Note at the primary that this replica has left."""
    primary = secret_at(call, primary_arn)
    if primary is not None and primary.account_replica is not None and primary.account_replica.arn == replica.arn:
        call.store.replace(SECRETS, replace(primary, account_replica=replace(primary.account_replica, status=DETACHED)))
