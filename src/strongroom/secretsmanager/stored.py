"""Small acts on stored secrets that operations, replication and timed work share."""

from strongroom.secretsmanager.records import SecretRecord
from strongroom.secretsmanager.tables import SECRETS, VERSIONS
from strongroom.storage.ports import Store

MILLISECONDS = 1000


def milliseconds(seconds: float) -> int:
    """Return a time as the plain columns hold it."""
    return int(seconds * MILLISECONDS)


def delete_version(store: Store, secret: SecretRecord, version_id: str) -> None:
    """Delete the value of one version, if it holds one."""
    key = (secret.account_id, secret.region, secret.secret_id, version_id)
    if store.get(VERSIONS, *key) is not None:
        store.delete(VERSIONS, *key)


def delete_from(store: Store, secret: SecretRecord) -> None:
    """Delete the secret and every version for good. The secret was read through `store`."""
    for version_id in secret.versions:
        delete_version(store, secret, version_id)
    store.delete(SECRETS, secret.account_id, secret.region, secret.name)
