"""How a secret is shown. Members that are not set are None here and left out on the wire."""

from typing import Any

from msgspec.structs import replace

from strongroom.secretsmanager.reads import secret_read
from strongroom.secretsmanager.records import AccountLink, ReplicaEntry, RotationRules, SecretRecord
from strongroom.secretsmanager.rules.stages import by_version
from strongroom.secretsmanager.stored import MILLISECONDS
from strongroom.secretsmanager.tags import tag_list
from strongroom.storage.ports import Store


def secret_members(store: Store, secret: SecretRecord) -> dict[str, Any]:
    """Return what DescribeSecret and ListSecrets both show; their member for the labels has two names and is not in here."""
    return {
        "ARN": secret.arn,
        "Name": secret.name,
        "Type": secret.type,
        "Description": secret.description or None,
        "KmsKeyId": secret.kms_key_id,
        **_rotation_members(secret),
        "LastChangedDate": secret.changed_ms / MILLISECONDS,
        "LastAccessedDate": secret_read(store, secret),
        "DeletedDate": secret.deleted,
        "Tags": tag_list(secret.tags),
        "CreatedDate": secret.created_ms / MILLISECONDS,
        "PrimaryRegion": secret.primary_region,
    }


def stages_member(secret: SecretRecord) -> dict[str, list[str]] | None:
    """Return version id -> labels, or None for a secret without versions."""
    return by_version(secret.stages) or None


def replication_status(store: Store, secret: SecretRecord) -> list[dict[str, Any]] | None:
    """Return ReplicationStatus, or None for a secret without replicas."""
    return [_replica_member(each, secret_read(store, replace(secret, region=each.region))) for each in secret.replicas] or None


def account_primary_member(link: AccountLink | None) -> dict[str, Any] | None:
    """Return CrossAccountPrimary of a cross-account replica."""
    if link is None:
        return None
    return {"PrimarySecretARN": link.arn, "ReplicationStatus": link.status, **_optional("StatusMessage", link.message)}


def account_replicas_member(link: AccountLink | None) -> list[dict[str, Any]] | None:
    """Return CrossAccountReplicas of a primary; AWS allows one."""
    if link is None:
        return None
    facts = {"ReplicaSecretARN": link.arn, "ReplicationStatus": link.status}
    return [{**facts, **_optional("ReplicationRoleARN", link.role_arn), **_optional("StatusMessage", link.message)}]


def _replica_member(each: ReplicaEntry, read: float | None) -> dict[str, Any]:
    return {
        "Region": each.region,
        **_optional("KmsKeyId", each.kms_key_id),
        "Status": each.status,
        **_optional("StatusMessage", each.message),
        **_optional("LastAccessedDate", read),
    }


def _rotation_members(secret: SecretRecord) -> dict[str, Any]:
    rotation = secret.rotation
    if rotation is None:
        return {}
    return {
        "RotationEnabled": rotation.enabled,
        "RotationLambdaARN": rotation.lambda_arn,
        "RotationRules": _rules_member(rotation.rules),
        "LastRotatedDate": rotation.rotated,
        "NextRotationDate": rotation.next_rotation if rotation.enabled else None,
    }


def _rules_member(rules: RotationRules | None) -> dict[str, Any] | None:
    if rules is None:
        return None
    return {
        **_optional("AutomaticallyAfterDays", rules.days),
        **_optional("Duration", rules.duration),
        **_optional("ScheduleExpression", rules.schedule),
    }


def _optional(name: str, value: Any) -> dict[str, Any]:
    return {} if value is None else {name: value}
