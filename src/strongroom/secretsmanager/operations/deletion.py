"""Deleting secrets with a recovery window, deleting them at once, and restoring them."""

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.secretsmanager.changes import save
from strongroom.secretsmanager.conditions import request_conditions
from strongroom.secretsmanager.errors import InvalidParameter, MarkedForDeletion, NotOnReplica, SecretNotFound
from strongroom.secretsmanager.records import SecretRecord
from strongroom.secretsmanager.replication import DETACHED
from strongroom.secretsmanager.resolve import secret_in_request, secret_to_delete
from strongroom.secretsmanager.rules.limits import DAY, LEAST_RECOVERY_DAYS, MOST_RECOVERY_DAYS, RECOVERY_DAYS
from strongroom.secretsmanager.rules.names import parse_secret_id
from strongroom.secretsmanager.rules.rotation import with_schedule
from strongroom.secretsmanager.service import operation
from strongroom.secretsmanager.stored import delete_from, milliseconds

if TYPE_CHECKING:
    from types_boto3_secretsmanager.type_defs import DeleteSecretRequestTypeDef, RestoreSecretRequestTypeDef


@operation(
    "DeleteSecret",
    action="secretsmanager:DeleteSecret",
    resource=secret_to_delete,
    conditions=request_conditions,
    recorded=("ARN", "Name", "DeletionDate"),
)
def delete_secret(call: Call, secret: SecretRecord | None, request: "DeleteSecretRequestTypeDef") -> dict[str, Any]:
    """Schedule the deletion of a secret, or delete it at once with ForceDeleteWithoutRecovery.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
    """
    days = _recovery_days(request)
    if secret is None:
        return _nothing_to_delete(call, request["SecretId"])
    _ensure_deletable(secret, request["SecretId"])
    if days is None:
        delete_from(call.store, secret)
        return {"ARN": secret.arn, "Name": secret.name, "DeletionDate": call.now}
    if secret.deleted is not None:
        raise MarkedForDeletion
    due = call.now + days * DAY
    save(call, replace(secret, deleted=call.now, deletion_ms=milliseconds(due), rotation_due_ms=None))
    return {"ARN": secret.arn, "Name": secret.name, "DeletionDate": due}


@operation(
    "RestoreSecret",
    action="secretsmanager:RestoreSecret",
    resource=secret_in_request,
    conditions=request_conditions,
    recorded=("ARN", "Name"),
)
def restore_secret(call: Call, secret: SecretRecord, request: "RestoreSecretRequestTypeDef") -> dict[str, Any]:
    """Take a scheduled deletion back; an active secret stays as it is.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html
    """
    del request
    if secret.deletion_started:
        raise SecretNotFound
    if secret.deleted is not None:
        save(call, _resumed(replace(secret, deleted=None, deletion_ms=None), call.now))
    return {"ARN": secret.arn, "Name": secret.name}


def _resumed(secret: SecretRecord, now: float) -> SecretRecord:
    """Return a restored secret on its schedule again; a rotation that the deletion broke off is taken up at once."""
    if secret.rotation is not None and secret.rotation.enabled and secret.rotation.run is not None:
        return replace(secret, rotation_due_ms=milliseconds(now))
    return with_schedule(secret, now)


def _recovery_days(request: "DeleteSecretRequestTypeDef") -> int | None:
    """Return the recovery window, or None for a forced deletion. Raises InvalidParameter."""
    days = request.get("RecoveryWindowInDays")
    if request.get("ForceDeleteWithoutRecovery"):
        if days is not None:
            raise InvalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
        return None
    if days is None:
        return RECOVERY_DAYS
    if not LEAST_RECOVERY_DAYS <= days <= MOST_RECOVERY_DAYS:
        raise InvalidParameter("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
    return days


def _nothing_to_delete(call: Call, secret_id: str) -> dict[str, Any]:
    """Answer a forced deletion of a secret that is not there: the ARN is what is known of it."""
    reference = parse_secret_id(secret_id)
    account_id, region = reference.account_id or call.account_id, reference.region or call.region
    ending = f"-{reference.suffix}" if reference.suffix else ""
    arn = f"arn:aws:secretsmanager:{region}:{account_id}:secret:{reference.name}{ending}"
    return {"ARN": arn, "Name": reference.name, "DeletionDate": call.now}


def _ensure_deletable(secret: SecretRecord, secret_id: str) -> None:
    if secret.replicas:
        regions = ",".join(each.region for each in secret.replicas)
        raise InvalidParameter(f"You can't delete secret {secret_id} that still has replica regions [{regions}]")
    if secret.account_replica is not None and secret.account_replica.status != DETACHED:
        raise InvalidParameter(f"You can't delete secret {secret_id} that still has a cross-account replica.")
    if secret.is_replica:
        raise NotOnReplica
