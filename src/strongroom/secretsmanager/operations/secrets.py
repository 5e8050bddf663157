"""Secrets themselves: create, describe, update."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.core.ids import alphanumeric
from strongroom.secretsmanager.changes import save, with_value
from strongroom.secretsmanager.conditions import request_conditions
from strongroom.secretsmanager.describe import (
    account_primary_member,
    account_replicas_member,
    replication_status,
    secret_members,
    stages_member,
)
from strongroom.secretsmanager.encryption import SecretValue, ensure_key_access, rewrap
from strongroom.secretsmanager.errors import InvalidParameter, LimitExceeded, NameScheduledForDeletion, SecretExists
from strongroom.secretsmanager.operations.replicas import with_replicas
from strongroom.secretsmanager.records import AccountLink, SecretRecord
from strongroom.secretsmanager.replication import PENDING as WAITING
from strongroom.secretsmanager.replication import ensure_primary_arn
from strongroom.secretsmanager.requests import is_repeated, token_in, value_in
from strongroom.secretsmanager.resolve import RESOURCE_TYPE, secret_in_request, secret_to_create, writable_secret_in_request
from strongroom.secretsmanager.rules.names import SUFFIX_LENGTH
from strongroom.secretsmanager.rules.stages import CURRENT, PENDING, PREVIOUS, with_new_value
from strongroom.secretsmanager.service import operation
from strongroom.secretsmanager.stored import milliseconds
from strongroom.secretsmanager.tables import SECRETS, VERSIONS
from strongroom.secretsmanager.tags import checked_tags, merged_tags

if TYPE_CHECKING:
    from types_boto3_secretsmanager.type_defs import (
        CreateSecretRequestTypeDef,
        DescribeSecretRequestTypeDef,
        UpdateSecretRequestTypeDef,
    )

VALUES = ("SecretString", "SecretBinary", "RotationToken")
NAMED = ("ARN", "Name", "VersionId")
NOT_ON_ACCOUNT_REPLICA = ("AddReplicaRegions", "Description", "SecretString", "SecretBinary", "Type")


@operation(
    "CreateSecret",
    action="secretsmanager:CreateSecret",
    resource=secret_to_create,
    conditions=request_conditions,
    hidden=VALUES,
    recorded=(*NAMED, "ReplicationStatus"),
)
def create_secret(call: Call, _: None, request: "CreateSecretRequestTypeDef") -> dict[str, Any]:
    """Create a secret, with a first version if the request brings a value.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
    """
    value = value_in(request)
    if value is not None:
        token_in(request)
    tags = merged_tags({}, checked_tags(request), LimitExceeded)
    _authorise_more(call, request)
    existing = call.store.get(SECRETS, call.account_id, call.region, request["Name"])
    if existing is not None:
        return _created_before(call, existing, request.get("ClientRequestToken"), value)
    secret = _new_secret(call, request, tags)
    if "CrossAccountPrimaryARN" in request:
        secret = replace(secret, account_primary=_future_primary(call, request))
    if secret.kms_key_id:
        ensure_key_access(call, secret, secret.kms_key_id)
    if value is not None:
        version_id = token_in(request)
        secret = with_value(call, secret, version_id, value, with_new_value({}, version_id, [CURRENT]))
    call.resources.append((RESOURCE_TYPE, secret.arn, secret.account_id))
    secret = with_replicas(call, secret, request)
    call.store.insert(SECRETS, secret)
    return {**_named(secret), "ReplicationStatus": replication_status(call.store, secret)}


def _authorise_more(call: Call, request: "CreateSecretRequestTypeDef") -> None:
    """Setting tags and adding replicas are actions of their own, on the secret that will be."""
    further = (("Tags", "secretsmanager:TagResource"), ("AddReplicaRegions", "secretsmanager:ReplicateSecretToRegions"))
    wanted = [action for member, action in further if request.get(member)]
    if wanted:
        resource, conditions = secret_to_create(call, request).resource, request_conditions(call, request)
        for action in wanted:
            call.authorise(action, resource, conditions)


def _future_primary(call: Call, request: Mapping[str, Any]) -> AccountLink:
    """Return the link of a cross-account replica that waits for its primary. Raises InvalidParameter, InvalidRequest."""
    given = [name for name in NOT_ON_ACCOUNT_REPLICA if name in request]
    if given:
        raise InvalidParameter(f"You can't specify {given[0]} when you create a cross-account replica secret.")
    if not request.get("KmsKeyId"):
        raise InvalidParameter("A cross-account replica secret must be encrypted with a customer managed key: specify KmsKeyId.")
    ensure_primary_arn(call, request["CrossAccountPrimaryARN"])
    return AccountLink(arn=request["CrossAccountPrimaryARN"], status=WAITING)


def _new_secret(call: Call, request: "CreateSecretRequestTypeDef", tags: dict[str, str]) -> SecretRecord:
    now = milliseconds(call.now)
    return SecretRecord(
        account_id=call.account_id,
        region=call.region,
        name=request["Name"],
        suffix=alphanumeric(call.random_bytes, SUFFIX_LENGTH),
        created_ms=now,
        changed_ms=now,
        description=request.get("Description", ""),
        kms_key_id=request.get("KmsKeyId") or None,
        type=request.get("Type") or None,
        tags=tags,
        creation_token=request.get("ClientRequestToken"),
    )


def _created_before(call: Call, existing: SecretRecord, token: str | None, value: SecretValue | None) -> dict[str, Any]:
    """Answer a retry like the call it repeats. Raises SecretExists for anything else."""
    if existing.deleted is not None:
        raise NameScheduledForDeletion
    if token is not None and token == existing.creation_token:
        made_without_value = token not in existing.versions
        if value is None and made_without_value:
            return _named(existing)
        if value is not None and is_repeated(call, existing, token, value):
            return _named(existing, token)
    raise SecretExists(existing.name)


def _named(secret: SecretRecord, version_id: str | None = None) -> dict[str, Any]:
    found = version_id or secret.stages.get(CURRENT)
    return {"ARN": secret.arn, "Name": secret.name, "VersionId": found}


@operation("DescribeSecret", action="secretsmanager:DescribeSecret", resource=secret_in_request, conditions=request_conditions)
def describe_secret(call: Call, secret: SecretRecord, request: "DescribeSecretRequestTypeDef") -> dict[str, Any]:
    """Return everything about a secret but its values; also while it is scheduled for deletion.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
    """
    del request
    return {
        **secret_members(call.store, secret),
        "VersionIdsToStages": stages_member(secret),
        "ReplicationStatus": replication_status(call.store, secret),
        "CrossAccountPrimary": account_primary_member(secret.account_primary),
        "CrossAccountReplicas": account_replicas_member(secret.account_replica),
    }


@operation(
    "UpdateSecret",
    action="secretsmanager:UpdateSecret",
    resource=writable_secret_in_request,
    conditions=request_conditions,
    hidden=VALUES,
    recorded=NAMED,
)
def update_secret(call: Call, secret: SecretRecord, request: "UpdateSecretRequestTypeDef") -> dict[str, Any]:
    """Change description, KMS key or type, and store a new current value if one is given.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html
    """
    value = value_in(request)
    version_id = token_in(request) if value is not None else None
    changed = replace(
        secret,
        description=request.get("Description", secret.description),
        type=request.get("Type", secret.type) or None,
    )
    if "KmsKeyId" in request:
        changed = _with_key(call, changed, request["KmsKeyId"] or None)
    if value is not None and version_id is not None and not is_repeated(call, secret, version_id, value):
        changed = with_value(call, changed, version_id, value, with_new_value(secret.stages, version_id, [CURRENT]))
    if changed != secret:
        save(call, changed)
    return {"ARN": secret.arn, "Name": secret.name, "VersionId": version_id}


def _with_key(call: Call, secret: SecretRecord, kms_key_id: str | None) -> SecretRecord:
    """Return the secret under another KMS key, the data keys of its current, pending and previous versions re-encrypted."""
    if kms_key_id == secret.kms_key_id:
        return secret
    ensure_key_access(call, secret, kms_key_id)
    versions = dict(secret.versions)
    for version_id in dict.fromkeys(secret.stages[label] for label in (CURRENT, PENDING, PREVIOUS) if label in secret.stages):
        version = call.store.get(VERSIONS, secret.account_id, secret.region, secret.secret_id, version_id)
        wrapped = rewrap(call, secret, version, kms_key_id) if version is not None else None
        if version is not None and wrapped is not None:
            call.store.replace(VERSIONS, replace(version, encrypted_data_key=wrapped[0], kms_key_arn=wrapped[1]))
            versions[version_id] = replace(versions[version_id], kms_key_id=kms_key_id)
    return replace(secret, kms_key_id=kms_key_id, versions=versions)
