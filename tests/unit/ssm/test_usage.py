"""Counting parameters, against a store in memory."""

import pytest
from tests.unit.identity.memory_store import MemoryStore

from strongroom.ssm import usage
from strongroom.ssm.errors import ParameterLimitExceeded
from strongroom.ssm.usage import AWS_ROOM

PLACE = ("111122223333", "eu-west-1")
FEW = {"Standard": 40, "Advanced": 2}


def test_the_limit_is_exact_for_each_tier_account_and_region() -> None:
    """The parameter after the last is refused, and room that is freed can be used."""
    store = MemoryStore()
    for number in range(40):
        assert not usage.is_full(store, FEW, *PLACE, f"/{number}", "Standard")
        usage.enter(store, FEW, *PLACE, f"/{number}", "Standard")
    assert usage.is_full(store, FEW, *PLACE, "/x", "Standard")
    with pytest.raises(ParameterLimitExceeded) as raised:
        usage.enter(store, FEW, *PLACE, "/x", "Standard")
    assert (raised.value.message or "").startswith("You have exceeded the number of parameters")
    assert not usage.is_full(store, FEW, PLACE[0], "us-east-1", "/x", "Standard")
    usage.leave(store, *PLACE, "/3", "Standard")
    usage.enter(store, FEW, *PLACE, "/3", "Advanced")
    usage.enter(store, FEW, *PLACE, "/x", "Standard")
    usage.leave(store, *PLACE, "/4", "Standard")
    usage.enter(store, FEW, *PLACE, "/y", "Advanced")
    with pytest.raises(ParameterLimitExceeded):
        usage.enter(store, FEW, *PLACE, "/z", "Advanced")


def test_shards_far_from_the_limit_are_not_summed_up() -> None:
    """Below its share, a creation reads its own shard only, so that creations seldom conflict."""
    store = MemoryStore()
    usage.enter(store, AWS_ROOM, *PLACE, "/x", "Standard")
    assert not usage.is_full(store, AWS_ROOM, *PLACE, "/x", "Standard")
    assert usage.SHARDS * int(AWS_ROOM["Standard"] * usage.NEAR_LIMIT / usage.SHARDS) < AWS_ROOM["Standard"]
