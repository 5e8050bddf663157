"""How many parameters an account has in a Region, by tier.

A single counter would make every two creations in an account conflict. So the names are spread over shards by their
hash, and a creation touches its own shard only; all shards are read and summed up (and checked at commit, so the limit
is exact) once its own is so full that the limit may be near.
"""

from collections.abc import Mapping
from zlib import crc32

import msgspec

from strongroom.ssm.errors import ParameterLimitExceeded
from strongroom.ssm.records import UsageRecord
from strongroom.ssm.rules import limits
from strongroom.ssm.rules.tiers import ADVANCED, STANDARD
from strongroom.ssm.tables import USAGE
from strongroom.storage.ports import Store

Room = Mapping[str, int]
AWS_ROOM: Room = {STANDARD: limits.STANDARD_PARAMETERS, ADVANCED: limits.ADVANCED_PARAMETERS}
SHARDS = 16
NEAR_LIMIT = 0.7  # names fall evenly on the shards: under this share of its part, a shard says that the limit is far


def _shard(store: Store, account_id: str, region: str, name: str) -> UsageRecord:
    shard = crc32(name.encode()) % SHARDS
    return store.get(USAGE, account_id, region, shard) or UsageRecord(account_id=account_id, region=region, shard=shard)


def _held(usage: UsageRecord, tier: str) -> int:
    return usage.advanced if tier == ADVANCED else usage.standard


def is_full(store: Store, room: Room, account_id: str, region: str, name: str, tier: str) -> bool:
    """Return whether there is no room for the new parameter `name` in `tier`."""
    if _held(_shard(store, account_id, region, name), tier) < int(room[tier] * NEAR_LIMIT / SHARDS):
        return False
    return sum(_held(usage, tier) for usage in store.scan(USAGE, account_id, region, limit=SHARDS)) >= room[tier]


def enter(store: Store, room: Room, account_id: str, region: str, name: str, tier: str) -> None:
    """Count the parameter `name` in. Raises ParameterLimitExceeded if there is no room."""
    if is_full(store, room, account_id, region, name, tier):
        raise ParameterLimitExceeded
    _count(store, _shard(store, account_id, region, name), tier, 1)


def leave(store: Store, account_id: str, region: str, name: str, tier: str) -> None:
    """Count the parameter `name` out."""
    _count(store, _shard(store, account_id, region, name), tier, -1)


def _count(store: Store, usage: UsageRecord, tier: str, change: int) -> None:
    changed = msgspec.structs.replace(
        usage,
        standard=usage.standard + change * (tier == STANDARD),
        advanced=usage.advanced + change * (tier == ADVANCED),
    )
    if store.get(USAGE, usage.account_id, usage.region, usage.shard) is None:
        store.insert(USAGE, changed)
    else:
        store.replace(USAGE, changed)
