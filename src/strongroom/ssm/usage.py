"""How many parameters an account has in a Region, by tier.

A single counter would make every two creations in an account conflict. So the names are spread over shards by their
hash, and a creation touches its own shard only; all shards are read and summed up (and checked at commit, so the limit
is exact) once its own is so full that the limit may be near.
"""

from zlib import crc32

import msgspec

from strongroom.ssm.errors import ParameterLimitExceeded
from strongroom.ssm.records import UsageRecord
from strongroom.ssm.rules import limits
from strongroom.ssm.rules.tiers import ADVANCED, STANDARD
from strongroom.ssm.tables import USAGE
from strongroom.storage.ports import Store

SHARDS = 16
NEAR_LIMIT = 0.7  # names fall evenly on the shards: under this share of its part, a shard says that the limit is far


def _shard(store: Store, account_id: str, region: str, name: str) -> UsageRecord:
    shard = crc32(name.encode()) % SHARDS
    return store.get(USAGE, account_id, region, shard) or UsageRecord(account_id=account_id, region=region, shard=shard)


def _held(usage: UsageRecord, tier: str) -> int:
    return usage.advanced if tier == ADVANCED else usage.standard


def is_full(store: Store, account_id: str, region: str, name: str, tier: str) -> bool:
    """Return whether there is no room for the new parameter `name` in `tier`."""
    limit = limits.ADVANCED_PARAMETERS if tier == ADVANCED else limits.STANDARD_PARAMETERS
    if _held(_shard(store, account_id, region, name), tier) < int(limit * NEAR_LIMIT / SHARDS):
        return False
    return sum(_held(usage, tier) for usage in store.scan(USAGE, account_id, region, limit=SHARDS)) >= limit


def move(store: Store, account_id: str, region: str, name: str, *, leaving: str | None = None, entering: str | None = None) -> None:
    """Count the parameter `name` out of one tier and into another; either is None for a new or a deleted parameter.

    Raises ParameterLimitExceeded if there is no room in the tier that it enters.
    """
    if leaving == entering:
        return
    if entering is not None and is_full(store, account_id, region, name, entering):
        raise ParameterLimitExceeded
    usage = _shard(store, account_id, region, name)
    changed = msgspec.structs.replace(
        usage,
        standard=usage.standard + (entering == STANDARD) - (leaving == STANDARD),
        advanced=usage.advanced + (entering == ADVANCED) - (leaving == ADVANCED),
    )
    if store.get(USAGE, account_id, region, usage.shard) is None:
        store.insert(USAGE, changed)
    else:
        store.replace(USAGE, changed)
