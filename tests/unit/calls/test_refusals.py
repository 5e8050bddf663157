"""A flood of unauthenticated requests fills no disk, and hides neither itself nor anybody else."""

import pytest

from strongroom.calls.refusals import BURST_SECONDS, MOST_NAMED, MOST_SOURCES, SUMMARY_SECONDS, RefusalMeter, network_of

HERE = "192.0.2.1"
RATE = 10.0
BURST = int(RATE * BURST_SECONDS)


def admitted(meter: RefusalMeter, count: int, address: str = HERE, now: float = 1000.0) -> int:
    """Return how many of `count` refusals are recorded one by one."""
    return sum(meter.admits(address, "InvalidSignatureException", now) for _ in range(count))


def test_one_address_may_use_half_of_what_is_recorded() -> None:
    """So another one's refusals still have events of their own."""
    meter = RefusalMeter(RATE)
    assert admitted(meter, 2 * BURST) == BURST // 2
    assert admitted(meter, 10, "192.0.2.2") == 10


def test_many_addresses_share_one_rate() -> None:
    """However many they are, and however many are remembered."""
    meter = RefusalMeter(RATE)
    recorded = sum(
        meter.admits(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", "InvalidSignatureException", 1000.0) for n in range(2 * MOST_SOURCES)
    )
    assert recorded == BURST
    assert meter.summarised == 2 * MOST_SOURCES - BURST


def test_an_ipv6_client_is_its_network() -> None:
    """All of a /64 belongs to one client."""
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("fe80::1%eth0") == "fe80::/64"
    assert network_of("not:an:address") == "not:an:address"
    assert network_of("") == ""


def test_the_rate_comes_back_with_time() -> None:
    """A second lets through what a second may."""
    meter = RefusalMeter(RATE)
    admitted(meter, BURST)
    assert admitted(meter, 100, now=1001.0) == RATE / 2
    assert admitted(meter, 1, now=1001.0) == 0


def test_a_clock_that_goes_back_neither_refills_nor_locks() -> None:
    """Time that runs backwards counts as none."""
    meter = RefusalMeter(RATE)
    admitted(meter, BURST)
    assert admitted(meter, 10, now=500.0) == 0
    assert admitted(meter, 10, now=501.0) == RATE / 2


def test_a_summary_says_how_many_from_where_and_why() -> None:
    """Once in its interval; then the next begins."""
    meter = RefusalMeter(RATE)
    admitted(meter, BURST // 2 + 3)
    assert meter.due(1000.0 + SUMMARY_SECONDS - 1) is None
    summary = meter.due(1000.0 + SUMMARY_SECONDS)
    assert summary is not None
    assert summary.facts() == {
        "count": 3,
        "from": "1970-01-01T00:16:40Z",
        "to": "1970-01-01T00:16:40Z",
        "byErrorCode": {"InvalidSignatureException": 3},
        "bySourceIPAddress": {HERE: 3},
        "fromOtherAddresses": 0,
    }
    assert meter.due(5000.0) is None


@pytest.mark.parametrize("now", [900.0, 1000.0 + SUMMARY_SECONDS])
def test_a_summary_is_not_kept_back_by_a_clock_that_went_back(now: float) -> None:
    """It is due when its time is over, or can't be told any more."""
    meter = RefusalMeter(RATE)
    admitted(meter, BURST)
    assert meter.due(now) is not None


def test_a_summary_names_few_addresses_and_counts_all() -> None:
    """Its size is bounded, whoever takes part."""
    meter = RefusalMeter(0.001)
    for number in range(MOST_SOURCES + 10):
        admitted(meter, 2, f"2001:db8:0:{number:x}::1")
    facts = meter.due(0, at_once=True).facts()  # type: ignore[union-attr]
    assert len(facts["bySourceIPAddress"]) == MOST_NAMED
    assert facts["count"] == 2 * (MOST_SOURCES + 10) - 1
    assert facts["fromOtherAddresses"] == facts["count"] - sum(facts["bySourceIPAddress"].values())


def test_a_summary_given_back_is_merged_with_what_came_meanwhile() -> None:
    """Nothing is lost while events can't be written."""
    meter = RefusalMeter(RATE)
    admitted(meter, BURST // 2 + 3)
    summary = meter.due(0, at_once=True)
    assert summary is not None
    admitted(meter, 2)
    meter.give_back(summary)
    again = meter.due(0, at_once=True)
    assert again is not None
    assert again.facts()["count"] == 5
    assert meter.due(0, at_once=True) is None
