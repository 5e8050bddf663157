"""Writing key records: one place keeps the time of their next due work in step, and finds related multi-Region keys."""

from typing import Any

from msgspec.structs import replace

from strongroom.kms.records import KeyRecord
from strongroom.kms.rules.rotation import due_at
from strongroom.kms.tables import KEYS
from strongroom.storage.ports import Store

MILLISECONDS = 1_000


def _with_due_time(key: KeyRecord) -> KeyRecord:
    at = due_at(key)
    return replace(key, due_ms=None if at is None else int(at * MILLISECONDS))


def insert_key(store: Store, key: KeyRecord) -> KeyRecord:
    """Buffer a new key and return it as stored."""
    stored = _with_due_time(key)
    store.insert(KEYS, stored)
    return stored


def change_key(store: Store, key: KeyRecord, **changes: Any) -> KeyRecord:
    """Buffer `key` with some fields changed and return it as stored."""
    stored = _with_due_time(replace(key, **changes))
    store.replace(KEYS, stored)
    return stored


def related_keys(store: Store, key: KeyRecord) -> list[KeyRecord]:
    """Return the other keys of a multi-Region set; empty for a single-Region key."""
    if key.primary_region is None:
        return []
    regions = [region for region in (key.primary_region, *key.replica_regions) if region != key.region]
    found = (store.get(KEYS, key.account_id, region, key.key_id) for region in regions)
    return [other for other in found if other is not None]


def change_related_keys(store: Store, key: KeyRecord, **changes: Any) -> KeyRecord:
    """Change `key` and every key related to it alike; return `key` as stored."""
    for other in related_keys(store, key):
        change_key(store, other, **changes)
    return change_key(store, key, **changes)
