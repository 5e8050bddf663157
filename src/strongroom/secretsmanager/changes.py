"""Changing a secret: the one way in which records are written."""

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.secretsmanager.encryption import SecretValue, seal_value
from strongroom.secretsmanager.records import SecretRecord, VersionEntry
from strongroom.secretsmanager.rules.versions import versions_to_prune
from strongroom.secretsmanager.tables import SECRETS, VERSIONS
from strongroom.storage.ports import Store

MILLISECONDS = 1000


def milliseconds(seconds: float) -> int:
    """Return a time as the plain columns hold it."""
    return int(seconds * MILLISECONDS)


def save(call: Call, secret: SecretRecord) -> SecretRecord:
    """Write a changed secret with its LastChangedDate and return it. The secret was read or inserted in this call."""
    changed = replace(secret, changed_ms=milliseconds(call.now))
    call.store.replace(SECRETS, changed)
    return changed


def with_value(call: Call, secret: SecretRecord, version_id: str, value: SecretValue, stages: dict[str, str]) -> SecretRecord:
    """Seal `value` as a new version, prune old ones, and return the secret with its new version and `stages`, not yet saved."""
    call.store.insert(VERSIONS, seal_value(call, secret, version_id, value))
    entry = VersionEntry(created=call.now, kms_key_id=secret.kms_key_id)
    kept = _pruned(call, secret, version_id, stages)
    return replace(secret, versions={**kept, version_id: entry}, stages=stages)


def _pruned(call: Call, secret: SecretRecord, version_id: str, stages: dict[str, str]) -> dict[str, VersionEntry]:
    """Return the secret's other versions, without those that must go, whose values are deleted."""
    others = {each: entry for each, entry in secret.versions.items() if each != version_id}
    for pruned in versions_to_prune(others, stages, call.now):
        delete_version(call.store, secret, pruned)
        del others[pruned]
    return others


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
