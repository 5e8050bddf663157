"""Timed work of KMS: deleting keys whose waiting period is over, rotating keys, and forgetting imported material that has expired."""

from functools import partial

from strongroom.calls.jobs import Job, JobContext, ServiceEvent
from strongroom.core.ids import RandomBytes
from strongroom.kms.destruction import delete_key
from strongroom.kms.imports import forget_expired_material
from strongroom.kms.keys import MILLISECONDS
from strongroom.kms.materials import rotate_to_new_material
from strongroom.kms.notifications import DELETION, MATERIAL_EXPIRATION, ROTATION, notify
from strongroom.kms.records import KeyRecord, KeyState, RotationType
from strongroom.kms.rules.materials import expired
from strongroom.kms.service import KEY_TYPE, KMS
from strongroom.kms.tables import IMPORT_PARAMETERS, KEYS
from strongroom.storage.ports import Store
from strongroom.storage.table import Key

EVERY_SECONDS = 10.0
BATCH = 100


def _event(name: str, key: KeyRecord) -> ServiceEvent:
    return ServiceEvent(
        event_source=KMS.event_source,
        event_name=name,
        account_id=key.account_id,
        region=key.region,
        resources=((KEY_TYPE, key.arn, key.account_id),),
        additional={"keyId": key.key_id},
    )


def work_on_key(store: Store, name: Key, now: float, random_bytes: RandomBytes) -> ServiceEvent | None:
    """Do the first thing that is due on the key called `name` and return its event, or None if nothing is due any more."""
    key = store.get(KEYS, *name)
    if key is None or key.due_ms is None or key.due_ms > now * MILLISECONDS:
        return None
    if key.deletion_at is not None and key.deletion_at <= now:
        delete_key(store, key, now)
        notify(store, key, DELETION, now, random_bytes)
        return _event("DeleteKey", key)
    if key.rotation is not None and key.state is KeyState.ENABLED and key.rotation.next_at <= now:
        rotate_to_new_material(store, key, now, RotationType.AUTOMATIC, random_bytes)
        notify(store, key, ROTATION, now, random_bytes)
        return _event("RotateKey", key)
    if expired(key, now):
        forget_expired_material(store, key, now)
        notify(store, key, MATERIAL_EXPIRATION, now, random_bytes)
        return _event("DeleteExpiredKeyMaterial", key)
    return None


def work_on_due_keys(context: JobContext) -> None:
    """Work on every key that is due, one unit of work for each."""
    until = int(context.now() * MILLISECONDS)
    after: Key | None = None
    while found := context.read().range(KEYS, "due", until=until, after=after, limit=BATCH):
        for key in found:
            context.apply(partial(work_on_key, name=KEYS.key_of(key), now=context.now(), random_bytes=context.random_bytes))
        after = KEYS.position_of(found[-1], "due")


def forget_import_parameters(store: Store, name: Key, now: float) -> ServiceEvent | None:
    """Delete a wrapping key that can't be used any more and return the event of it, or None if it is gone already."""
    found = store.get(IMPORT_PARAMETERS, *name)
    if found is None or found.expires_ms > now * MILLISECONDS:
        return None
    store.delete(IMPORT_PARAMETERS, *name)
    key = store.get(KEYS, *name[:3])
    return _event("DeleteExpiredImportParameters", key) if key is not None else None


def forget_due_import_parameters(context: JobContext) -> None:
    """Delete every wrapping key that is older than its 24 hours."""
    until = int(context.now() * MILLISECONDS)
    after: Key | None = None
    while found := context.read().range(IMPORT_PARAMETERS, "expires", until=until, after=after, limit=BATCH):
        for one in found:
            context.apply(partial(forget_import_parameters, name=IMPORT_PARAMETERS.key_of(one), now=context.now()))
        after = IMPORT_PARAMETERS.position_of(found[-1], "expires")


JOBS = (
    Job("kms.due-keys", EVERY_SECONDS, work_on_due_keys),
    Job("kms.import-parameters", EVERY_SECONDS, forget_due_import_parameters),
)
