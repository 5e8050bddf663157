"""Counting parameters, against a store in memory."""

import pytest
from tests.unit.identity.memory_store import MemoryStore

from strongroom.ssm import usage
from strongroom.ssm.errors import ParameterLimitExceeded
from strongroom.ssm.rules import limits

PLACE = ("111122223333", "eu-west-1")


def test_the_limit_is_exact_for_each_tier_account_and_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parameter after the last is refused, and room that is freed can be used."""
    monkeypatch.setattr(limits, "STANDARD_PARAMETERS", 40)
    monkeypatch.setattr(limits, "ADVANCED_PARAMETERS", 2)
    store = MemoryStore()
    for number in range(40):
        assert not usage.is_full(store, *PLACE, f"/{number}", "Standard")
        usage.move(store, *PLACE, f"/{number}", entering="Standard")
    assert usage.is_full(store, *PLACE, "/x", "Standard")
    with pytest.raises(ParameterLimitExceeded) as raised:
        usage.move(store, *PLACE, "/x", entering="Standard")
    assert (raised.value.message or "").startswith("You have exceeded the number of parameters")
    assert not usage.is_full(store, PLACE[0], "us-east-1", "/x", "Standard")
    usage.move(store, *PLACE, "/3", leaving="Standard", entering="Advanced")
    usage.move(store, *PLACE, "/x", entering="Standard")
    usage.move(store, *PLACE, "/x", leaving="Standard", entering="Standard")
    usage.move(store, *PLACE, "/4", leaving="Standard")
    usage.move(store, *PLACE, "/y", entering="Advanced")
    with pytest.raises(ParameterLimitExceeded):
        usage.move(store, *PLACE, "/z", entering="Advanced")


def test_shards_far_from_the_limit_are_not_summed_up() -> None:
    """Below its share, a creation reads its own shard only, so that creations seldom conflict."""
    store = MemoryStore()
    usage.move(store, *PLACE, "/x", entering="Standard")
    assert not usage.is_full(store, *PLACE, "/x", "Standard")
    assert usage.SHARDS * int(limits.STANDARD_PARAMETERS * usage.NEAR_LIMIT / usage.SHARDS) < limits.STANDARD_PARAMETERS
