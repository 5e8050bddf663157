"""Searching events, newest first, wherever they are kept."""

from typing import Any

import pytest
from tests.unit.audit.conftest import Bench
from tests.unit.audit.memory_audit import ACCOUNT, FACTS

from strongroom.audit.chain import WriterChain
from strongroom.audit.lookup import AuditPage, AuditQuery
from strongroom.audit.sources import Position

START = int(FACTS.time * 1000)


@pytest.fixture
def spread(bench: Bench) -> Bench:
    """Twelve events of three kinds of place: even ones in the journal, the others in a stored segment and in two live files."""
    chain = WriterChain(bench.ring, "w")
    trail = bench.worker("w", journal=chain)
    other = bench.worker("x")
    bench.journal(chain, 0, 2, 4, 6, 8, 10)
    bench.write(trail, 1, 5)
    bench.write(other, 3)
    bench.time += 300
    bench.anchor(trail)
    bench.write(trail, 9, 7)
    bench.write(other, 11)
    return bench


def search(bench: Bench, limit: int = 50, before: Position | None = None, **changes: Any) -> AuditPage:
    """Search with a query that finds everything, changed as given."""
    values: dict[str, Any] = {"account_id": ACCOUNT, "region": "us-east-1", "start_ms": START, "end_ms": START + 99_000}
    query = AuditQuery(**{**values, "matches": lambda _: True, **changes})
    return bench.trails[0].search(query, limit, before)


def numbers(page: AuditPage) -> list[int]:
    """Return the numbers of the calls found."""
    return [int(event.record["requestID"][1:]) for event in page.events]


def test_all_places_are_searched_newest_first(spread: Bench) -> None:
    """Nothing twice, nothing left out."""
    page = search(spread)
    assert numbers(page) == list(range(11, -1, -1))
    assert page.position is None


@pytest.mark.parametrize("size", [1, 2, 5, 11, 12])
def test_pages_continue_where_the_last_one_ended(spread: Bench, size: int) -> None:
    """Whatever their size."""
    found: list[int] = []
    position: Position | None = None
    while True:
        page = search(spread, size, position)
        found += numbers(page)
        position = page.position
        if position is None:
            break
    assert found == list(range(11, -1, -1))


def test_events_that_come_between_two_pages_do_not_disturb(spread: Bench) -> None:
    """They are newer than the position; shipping moves events, but not in the order."""
    page = search(spread, 4)
    spread.write(spread.trails[0], 20)
    spread.time += 300
    for trail in spread.trails:
        spread.anchor(trail)
    assert numbers(page) + numbers(search(spread, before=page.position)) == list(range(11, -1, -1))


def test_events_of_one_millisecond_are_all_found(bench: Bench) -> None:
    """Writer and sequence number order them."""
    for name in ("a", "b"):
        bench.write(bench.worker(name), 1, 1, 1)
    found, position = 0, None
    for _ in range(6):
        page = search(bench, 1, position)
        found, position = found + len(page.events), page.position
    assert (found, position) == (6, None)


def test_the_window_holds_both_of_its_ends(spread: Bench) -> None:
    """Milliseconds, both included."""
    assert numbers(search(spread, start_ms=START + 3000, end_ms=START + 9000)) == [9, 8, 7, 6, 5, 4, 3]


def test_accounts_and_regions_see_their_own_events_only(spread: Bench) -> None:
    """Whoever wrote them."""
    spread.write(spread.trails[0], 30, recipient_account_id="444455556666")
    spread.write(spread.trails[0], 31, region="eu-central-1")
    assert numbers(search(spread, account_id="444455556666")) == [30]
    assert numbers(search(spread, region="eu-central-1")) == [31]
    assert not {30, 31} & set(numbers(search(spread)))


def test_a_filter_is_asked_about_the_decoded_record(spread: Bench) -> None:
    """And the text is what was recorded."""
    page = search(spread, matches=lambda record: record["requestID"] == "r5")
    assert [event.record["requestID"] for event in page.events] == ["r5"]
    assert '"requestID":"r5"' in page.events[0].text


def test_a_search_that_reads_too_much_pauses(spread: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers with what it has and where it stands, even if it has nothing."""
    monkeypatch.setattr("strongroom.audit.lookup.MAX_EXAMINED", 5)
    page = search(spread, matches=lambda record: record["requestID"] == "r4")
    assert (numbers(page), page.position is None) == ([], False)
    page = search(spread, before=page.position, matches=lambda record: record["requestID"] == "r4")
    assert numbers(page) == [4]


def test_a_file_shipped_during_the_search_is_not_lost(spread: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is asked after the directory was read."""
    real = spread.store.segments_for

    def ship_first(*arguments: Any) -> list[tuple[int, str]]:
        spread.time += 300
        for trail in spread.trails:
            spread.anchor(trail)
        return real(*arguments)

    monkeypatch.setattr(spread.store, "segments_for", ship_first)
    assert numbers(search(spread)) == list(range(11, -1, -1))


def test_writers_whose_events_are_elsewhere_are_named_on_the_first_page(spread: Bench) -> None:
    """Those of other nodes only, and only while they have not shipped."""
    assert search(spread).unreached == ()
    elsewhere = Bench(spread.directory.parent / "another node", spread.ring, spread.store)
    trail = elsewhere.worker("far")
    elsewhere.write(trail, 40)
    elsewhere.anchor(trail)
    page = search(spread, 3)
    assert page.unreached == ("segments:far",)
    assert search(spread, before=page.position).unreached == ()
    trail.close()
    assert search(spread).unreached == ()


def test_only_segments_of_the_time_asked_for_are_opened(spread: Bench) -> None:
    """However many others are stored."""
    spread.store.asked.clear()
    search(spread, start_ms=START + 6000)
    search(spread, account_id="999999999999")
    assert spread.store.asked == []
    search(spread, start_ms=START + 5000)
    assert set(spread.store.asked) == {"w/00000001"}


def test_a_search_that_has_read_much_ends_and_goes_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pages together hold everything, even where segments overlap and each alone is more than one search reads."""
    monkeypatch.setattr("strongroom.audit.lookup.MAX_READ", 1)
    trails = [bench.worker(name) for name in ("w", "x", "y")]
    for number in range(4):
        for place, trail in enumerate(trails):
            bench.write(trail, number + place % 2, number + 2)
        bench.time += 300
        for trail in trails:
            bench.anchor(trail)
    found: list[int] = []
    pages = 0
    position: Position | None = None
    while True:
        page = search(bench, 50, position)
        found += numbers(page)
        pages += 1
        position = page.position
        if position is None:
            break
    assert found == sorted(found, reverse=True)
    assert len(found) == 24
    assert 1 < pages <= 13


def test_events_that_can_not_match_are_not_decoded(spread: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """They count as looked at; those that are decoded are bounded by a number of their own."""
    asked: list[str] = []

    def matches(record: dict[str, Any]) -> bool:
        asked.append(record["requestID"])
        return bool(record["requestID"] == "r7")

    assert numbers(search(spread, contains=(b'"r7"', b'"r3"'), matches=matches)) == [7]
    assert asked == ["r7", "r3"]
    monkeypatch.setattr("strongroom.audit.lookup.MAX_DECODED", 2)
    page = search(spread, matches=lambda _: False)
    assert page.events == []
    assert page.position is not None
