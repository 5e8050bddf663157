"""Replicas follow their primary: in other Regions of the account, and in one other account.

AWS copies in the background; here the replicas change in the transaction that changes the primary, with the same
caller's rights, so they are never behind. Each replica has its own KMS key and so its own ciphertexts: its
encryption context names its own ARN. What KMS refuses is told in the replica's status, and the primary changes all the same.
Source: Secrets Manager User Guide, "Replicate AWS Secrets Manager secrets across Regions".
"""

from collections.abc import Mapping

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.core.arn import parse_arn
from strongroom.core.errors import ApiError
from strongroom.secretsmanager.encryption import open_value, seal_value
from strongroom.secretsmanager.errors import InvalidRequest
from strongroom.secretsmanager.records import AccountLink, ReplicaEntry, SecretRecord, VersionEntry, VersionRecord
from strongroom.secretsmanager.resolve import resource_of
from strongroom.secretsmanager.rules.names import parse_secret_id
from strongroom.secretsmanager.stored import delete_version
from strongroom.secretsmanager.tables import SECRETS, VERSIONS

IN_SYNC = "InSync"
IN_PROGRESS = "InProgress"
FAILED = "Failed"
PENDING = "Pending"
DETACHED = "Detached"
ACCEPT = "secretsmanager:AcceptCrossAccountReplication"


def replicated(call: Call, primary: SecretRecord, overwrite: frozenset[str] = frozenset()) -> SecretRecord:
    """Bring every replica in step with `primary` and return it with their new statuses.

    `overwrite` names the Regions in which another secret of the same name gives way.
    """
    if not primary.replicas and primary.account_replica is None:
        return primary
    entries = tuple(_region_in_step(call, primary, entry, overwrite=entry.region in overwrite) for entry in primary.replicas)
    return replace(primary, replicas=entries, account_replica=_account_in_step(call, primary))


def replica_in(call: Call, primary: SecretRecord, region: str) -> SecretRecord | None:
    """Return the replica of `primary` in a Region; None where there is none, or another secret has its name."""
    found = call.store.get(SECRETS, primary.account_id, region, primary.name)
    if found is None or found.suffix != primary.suffix or found.primary_region != primary.region:
        return None
    return found


def secret_at(call: Call, arn: str) -> SecretRecord | None:
    """Return the secret with this complete ARN, in any account and Region, or None. The caller authorises."""
    reference = parse_secret_id(arn)
    if reference.account_id is None or reference.region is None or reference.suffix is None:
        return None
    found = call.store.get(SECRETS, reference.account_id, reference.region, reference.name)
    return found if found is not None and found.suffix == reference.suffix else None


def copy_to_account(call: Call, primary: SecretRecord, replica: SecretRecord) -> None:
    """Bring a cross-account replica in step. Raises what the replica's policy or KMS answers; nothing is written then."""
    call.authorise(ACCEPT, resource_of(replica))
    link = replace(replica.account_primary or AccountLink(arn=primary.arn, status=PENDING), status=IN_SYNC, message=None)
    followed = replace(replica, description=primary.description, changed_ms=primary.changed_ms, account_primary=link)
    _write(call, primary, followed, replica, own_data_key=True)


def _region_in_step(call: Call, primary: SecretRecord, entry: ReplicaEntry, *, overwrite: bool) -> ReplicaEntry:
    """Return the entry with its new status, after the replica in that Region was made or changed."""
    standing = call.store.get(SECRETS, primary.account_id, entry.region, primary.name)
    present = replica_in(call, primary, entry.region)
    if standing is not None and present is None and not overwrite:
        return _failed(entry, f"Secret name {primary.name} already exists in region {entry.region}")
    wanted = _regional_replica(primary, entry, present)
    try:
        with call.store.savepoint():
            _write(call, primary, wanted, standing)
    except ApiError as error:
        if not error.sender_fault:
            raise
        return _failed(entry, error.message or error.code)
    return replace(entry, status=IN_SYNC, message=None)


def _failed(entry: ReplicaEntry, reason: str) -> ReplicaEntry:
    return replace(entry, status=FAILED, message=f"Replication failed: {reason}")


def _regional_replica(primary: SecretRecord, entry: ReplicaEntry, present: SecretRecord | None) -> SecretRecord:
    """Return what the replica should be, apart from its versions: the primary in another Region under another key."""
    return replace(
        primary,
        region=entry.region,
        kms_key_id=entry.kms_key_id,
        created_ms=present.created_ms if present else primary.changed_ms,
        primary_region=primary.region,
        rotation_due_ms=None,
        replicas=(),
        versions=present.versions if present else {},
        account_replica=None,
        creation_token=None,
    )


def _account_in_step(call: Call, primary: SecretRecord) -> AccountLink | None:
    link = primary.account_replica
    if link is None or link.status == DETACHED:
        return link
    replica = secret_at(call, link.arn)
    if replica is None:
        return replace(link, status=DETACHED, message="The replica secret does not exist any more.")
    try:
        with call.store.savepoint():
            copy_to_account(call, primary, replica)
    except ApiError as error:
        if not error.sender_fault:
            raise
        return replace(link, status=FAILED, message=f"Replication failed: {error.message or error.code}")
    return replace(link, status=IN_SYNC, message=None)


def _write(call: Call, primary: SecretRecord, replica: SecretRecord, standing: SecretRecord | None, *, own_data_key: bool = False) -> None:
    """Write the replica with the primary's labels and labelled versions, in place of what stands under its name."""
    kept = set(primary.stages.values())
    present: Mapping[str, VersionEntry] = standing.versions if standing is not None and standing.secret_id == replica.secret_id else {}
    if standing is not None:
        for version_id in standing.versions:
            if version_id not in present or version_id not in primary.versions:
                delete_version(call.store, standing, version_id)
    versions = {each: present[each] for each in primary.versions if each in present}
    for version_id in primary.versions:
        if version_id in kept and not (version_id in versions and versions[version_id].has_value):
            _copy_version(call, primary, replica, version_id, own_data_key=own_data_key)
            versions[version_id] = replace(primary.versions[version_id], kms_key_id=replica.kms_key_id)
    written = replace(replica, stages=primary.stages, versions=versions)
    if standing is None:
        call.store.insert(SECRETS, written)
    else:
        call.store.replace(SECRETS, written)


def _copy_version(call: Call, primary: SecretRecord, replica: SecretRecord, version_id: str, *, own_data_key: bool) -> None:
    """Open one version of the primary and seal it for the replica; the empty version of a rotation has nothing to copy."""
    version = _version(call, primary, version_id)
    if version is not None and _version(call, replica, version_id) is None:
        value = open_value(call, primary, version)
        call.store.insert(VERSIONS, seal_value(call, replica, version_id, value, own_data_key=own_data_key))


def _version(call: Call, secret: SecretRecord, version_id: str) -> VersionRecord | None:
    return call.store.get(VERSIONS, secret.account_id, secret.region, secret.secret_id, version_id)


def ensure_primary_arn(call: Call, arn: str) -> None:
    """Return if `arn` may be a cross-account primary of a secret made here: complete, of this Region, of another account."""
    reference, parsed = parse_secret_id(arn), parse_arn(arn)
    if parsed is None or reference.suffix is None:
        raise InvalidRequest("CrossAccountPrimaryARN must be the complete ARN of a secret.")
    if reference.region != call.region or reference.account_id == call.account_id:
        raise InvalidRequest("The primary secret must be in another account and in the same Region.")
