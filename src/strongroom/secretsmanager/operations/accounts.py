"""Cross-account replicas: one secret of another account in the same Region follows a primary."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.secretsmanager.conditions import request_conditions
from strongroom.secretsmanager.errors import InvalidParameter, InvalidRequest, LimitExceeded, ResourceNotFound
from strongroom.secretsmanager.records import AccountLink, SecretRecord
from strongroom.secretsmanager.replication import ACCEPT, DETACHED, IN_SYNC, copy_to_account, secret_at
from strongroom.secretsmanager.resolve import find_secret, resource_of, writable_secret_in_request
from strongroom.secretsmanager.service import operation
from strongroom.secretsmanager.stored import milliseconds
from strongroom.secretsmanager.tables import SECRETS

NO_RESTRICTION = "NoRestriction"
NOT_A_REPLICA = "Secrets Manager can't find the specified replica secret."
RECORDED = ("ARN", "CrossAccountReplicaARN", "ReplicationStatus")


@operation(
    "AssociateCrossAccountReplica",
    action="secretsmanager:AssociateCrossAccountReplica",
    resource=writable_secret_in_request,
    conditions=request_conditions,
    recorded=RECORDED,
)
def associate_cross_account_replica(call: Call, secret: SecretRecord, request: Mapping[str, Any]) -> dict[str, Any]:
    """Link a secret that another account made for this primary, and bring it in step; if that fails, neither changes.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_AssociateCrossAccountReplica.html
    """
    arn = request["CrossAccountReplicaARN"]
    _ensure_associable(call, secret, request)
    call.authorise("secretsmanager:GetSecretValue", resource_of(secret))
    target = find_secret(call, arn)
    call.authorise(ACCEPT, target.resource)
    replica = target.record
    if replica is None:
        raise ResourceNotFound(NOT_A_REPLICA)
    if replica.account_primary is None or replica.account_primary.arn != secret.arn:
        raise InvalidRequest("The replica secret was not created as a cross-account replica of this primary secret.")
    linked = replace(secret, account_replica=AccountLink(arn=replica.arn, status=IN_SYNC), changed_ms=milliseconds(call.now))
    copy_to_account(call, linked, replica)
    call.store.replace(SECRETS, linked)
    return {"ARN": secret.arn, "CrossAccountReplicaARN": replica.arn, "ReplicationStatus": IN_SYNC}


def _ensure_associable(call: Call, secret: SecretRecord, request: Mapping[str, Any]) -> None:
    """Return if the request may link its replica to `secret`. There are no organisations here, so SameOrg is never met."""
    if secret.account_id != call.account_id:
        raise InvalidRequest("You must call this operation from the account that owns the primary secret.")
    if request.get("ReplicaRestriction") != NO_RESTRICTION:
        raise InvalidRequest("The replica account is not in the same organization as the primary account.")
    if "ReplicationRoleARN" in request:
        raise InvalidParameter("ReplicationRoleARN is not supported: the secret is replicated with the rights of whoever updates it.")
    link = secret.account_replica
    if link is not None and link.arn != request["CrossAccountReplicaARN"] and link.status != DETACHED:
        raise LimitExceeded("A primary secret can have at most one cross-account replica.")


@operation(
    "DisassociateCrossAccountReplica",
    action="secretsmanager:DisassociateCrossAccountReplica",
    resource=writable_secret_in_request,
    conditions=request_conditions,
    recorded=("ARN", "CrossAccountReplicaARN"),
)
def disassociate_cross_account_replica(call: Call, secret: SecretRecord, request: Mapping[str, Any]) -> dict[str, Any]:
    """Unlink the replica: it stays as it is, detached, until its own account promotes it.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DisassociateCrossAccountReplica.html
    """
    arn = request["CrossAccountReplicaARN"]
    if secret.account_replica is None or secret.account_replica.arn != arn:
        raise InvalidRequest("The specified secret is not a cross-account replica of this primary secret.")
    replica = secret_at(call, arn)
    if replica is not None and replica.account_primary is not None and replica.account_primary.arn == secret.arn:
        call.store.replace(SECRETS, replace(replica, account_primary=replace(replica.account_primary, status=DETACHED)))
    call.store.replace(SECRETS, replace(secret, account_replica=None, changed_ms=milliseconds(call.now)))
    return {"ARN": secret.arn, "CrossAccountReplicaARN": arn}
