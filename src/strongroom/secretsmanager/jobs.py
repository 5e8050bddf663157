"""Timed work: secrets whose recovery window has ended are deleted for good.

Source: Secrets Manager User Guide, "AWS Secrets Manager events" (StartSecretVersionDelete, EndSecretVersionDelete).
"""

from functools import partial

from msgspec.structs import replace

from strongroom.calls.jobs import Job, JobContext, ServiceEvent
from strongroom.secretsmanager.records import SecretRecord
from strongroom.secretsmanager.resolve import RESOURCE_TYPE
from strongroom.secretsmanager.service import SECRETS_MANAGER
from strongroom.secretsmanager.stored import MILLISECONDS, delete_from
from strongroom.secretsmanager.tables import DELETION, SECRETS
from strongroom.storage.ports import Store

EVERY = 60.0  # seconds
_BATCH = 100


def delete_due_secrets(context: JobContext) -> None:
    """Delete every secret whose deletion date has passed, in two steps, so that a crash between them leaves nothing unrecorded."""
    until = int(context.now() * MILLISECONDS)
    after = None
    while due := context.read().range(SECRETS, DELETION, until=until, after=after, limit=_BATCH):
        for secret in due:
            context.apply(partial(_start, secret, until))
            context.apply(partial(_finish, secret))
        after = SECRETS.position_of(due[-1], DELETION)


def _start(due: SecretRecord, until: int, store: Store) -> ServiceEvent | None:
    """Mark the secret: from here on it can't be restored."""
    secret = _same(due, store)
    if secret is None or secret.deletion_started or secret.deletion_ms is None or secret.deletion_ms > until:
        return None
    store.replace(SECRETS, replace(secret, deletion_started=True))
    return _event("StartSecretVersionDelete", secret)


def _finish(due: SecretRecord, store: Store) -> ServiceEvent | None:
    secret = _same(due, store)
    if secret is None or not secret.deletion_started:
        return None
    delete_from(store, secret)
    return _event("EndSecretVersionDelete", secret)


def _same(due: SecretRecord, store: Store) -> SecretRecord | None:
    """Return the secret as it is now; None if it is gone, or if another was created under its name."""
    secret = store.get(SECRETS, due.account_id, due.region, due.name)
    return secret if secret is not None and secret.suffix == due.suffix else None


def _event(name: str, secret: SecretRecord) -> ServiceEvent:
    return ServiceEvent(
        SECRETS_MANAGER.event_source,
        name,
        secret.account_id,
        secret.region,
        resources=((RESOURCE_TYPE, secret.arn, secret.account_id),),
        additional={"SecretId": secret.arn},
    )


JOBS = (Job("secretsmanager-deletion", EVERY, delete_due_secrets),)
