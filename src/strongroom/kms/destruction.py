"""Deleting a key for good: its material (which makes every ciphertext unreadable), aliases, grants, and the key itself."""

from typing import Any

from strongroom.kms.external import release_external_key
from strongroom.kms.keys import change_key, related_keys
from strongroom.kms.records import KeyRecord, KeyState
from strongroom.kms.rules.limits import ALIASES_PER_KEY, GRANTS_PER_KEY, SECONDS_PER_DAY
from strongroom.kms.tables import ALIASES, GRANTEES, GRANTS, IMPORT_PARAMETERS, KEYS, MATERIALS
from strongroom.storage.ports import Store
from strongroom.storage.table import Table

_MOST_MATERIALS = 1_000  # 25 on demand and one for each 90 days leave room for two centuries


def _delete_all(store: Store, table: Table[Any], key: KeyRecord, most: int) -> None:
    for record in store.scan(table, key.account_id, key.region, key.key_id, limit=most):
        store.delete(table, *table.key_of(record))


def delete_key(store: Store, key: KeyRecord, now: float) -> None:
    """Buffer the deletion of `key` and everything that hangs on it, and take it out of its multi-Region set."""
    _delete_all(store, MATERIALS, key, _MOST_MATERIALS)
    release_external_key(store, key)
    _delete_all(store, IMPORT_PARAMETERS, key, _MOST_MATERIALS)
    _delete_all(store, GRANTEES, key, GRANTS_PER_KEY)
    _delete_all(store, GRANTS, key, GRANTS_PER_KEY)
    for name in key.aliases[:ALIASES_PER_KEY]:
        if store.get(ALIASES, key.account_id, key.region, name) is not None:
            store.delete(ALIASES, key.account_id, key.region, name)
    for other in related_keys(store, key):
        _forget_replica(store, other, key.region, now)
    store.delete(KEYS, *KEYS.key_of(key))


def _forget_replica(store: Store, other: KeyRecord, region: str, now: float) -> None:
    left = tuple(one for one in other.replica_regions if one != region)
    changes: dict[str, Any] = {"replica_regions": left}
    if other.state is KeyState.PENDING_REPLICA_DELETION and not left:
        window = (other.pending_window_days or 0) * SECONDS_PER_DAY
        changes |= {"state": KeyState.PENDING_DELETION, "deletion_at": now + window}
    change_key(store, other, **changes)
