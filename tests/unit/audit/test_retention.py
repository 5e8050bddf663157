"""Retention removes old events and leaves a chain that verifies; what somebody tampered with it leaves alone."""

from unittest.mock import patch

import pytest
from msgspec.structs import replace
from tests.unit.audit.conftest import Bench
from tests.unit.audit.memory_audit import ACCOUNT, FACTS

from strongroom.audit.archive import pack, unpack
from strongroom.audit.chain import WriterChain
from strongroom.audit.index import decode_index
from strongroom.audit.report import Problem, Remark
from strongroom.audit.retention import DAY_MS, Retention
from strongroom.storage.ports import Floor

DAYS = 90
START_MS = int(FACTS.time * 1000)


def run(bench: Bench, seconds: float) -> int:
    """Run retention as if events of the first `seconds` had just become too old."""
    return Retention(bench.store, bench.ring, DAYS).run(START_MS + int(seconds * 1000) + DAYS * DAY_MS)


@pytest.fixture
def three(bench: Bench) -> Bench:
    """One worker with three stored segments of two events each, and a live file."""
    trail = bench.three_segments()
    bench.write(trail, 6)
    bench.anchor(trail)
    assert bench.store.segments() == [f"w/0000000{number}" for number in (1, 2, 3)]
    return bench


def kinds(bench: Bench) -> list[Problem | Remark]:
    """Return the kinds of problems that verification finds."""
    return [finding.kind for finding in bench.verify().problems]


def test_old_segments_go_and_the_rest_verifies(three: Bench) -> None:
    """From the oldest on, as far as all of their events are old."""
    assert run(three, 3) == 1
    assert three.store.segments() == ["w/00000002", "w/00000003"]
    assert run(three, 4) == 1
    assert run(three, 4) == 0
    report = three.verify()
    assert report.intact
    assert report.entries == 3


def test_a_chain_whose_events_are_all_removed_verifies(three: Bench) -> None:
    """Its anchors stay, and so does its floor."""
    three.trails[0].close()
    assert run(three, 100) == 4
    assert three.store.segments() == []
    report = three.verify()
    assert report.intact
    assert report.remarks == []


def test_what_is_missing_beyond_the_floor_is_missing(three: Bench) -> None:
    """Retention is no cover for who deletes more."""
    run(three, 2)
    del three.store.stored["w/00000002"]
    assert kinds(three) == [Problem.MISSING]


def test_a_floor_that_somebody_made_up_hides_nothing(three: Bench) -> None:
    """It is reported, and what it would cover is missing; so is what an old one does not cover."""
    del three.store.stored["w/00000001"]
    three.store.marks["segments:w"] = Floor("segments:w", 2, b"m" * 32, START_MS, b"s" * 32)
    assert kinds(three) == [Problem.DAMAGED, Problem.MISSING]
    del three.store.marks["segments:w"]
    assert kinds(three) == [Problem.MISSING]


def test_a_floor_of_another_writer_does_not_fit(three: Bench) -> None:
    """Or one with another number: the seal covers all of it."""
    run(three, 2)
    true = three.store.marks["segments:w"]
    for false in (replace(true, sequence=4), replace(true, mac=b"m" * 32), replace(true, writer_id="segments:x")):
        three.store.marks = {false.writer_id: false}
        assert Problem.DAMAGED in kinds(three)


def test_a_tampered_segment_stays_as_evidence(three: Bench) -> None:
    """And so does all that follows it."""
    index, packed = three.store.stored["w/00000001"]
    three.store.stored["w/00000001"] = (index, pack(unpack(packed).replace(b"Decrypt", b"Encrypt", 1)))
    assert run(three, 100) == 0
    assert len(three.store.segments()) == 3
    three.store.stored["w/00000001"] = (index, b"damaged")
    assert run(three, 100) == 0


def test_a_gap_is_not_covered_up(three: Bench) -> None:
    """Where the first segment is gone, nothing after it is removed: its absence must go on to show."""
    del three.store.stored["w/00000001"], three.store.times["w/00000001"]
    assert run(three, 100) == 0
    assert kinds(three) == [Problem.MISSING]


@pytest.mark.parametrize("times", [{}, {ACCOUNT: (0, 1)}])
def test_young_events_are_not_removed_whatever_the_index_says(three: Bench, times: dict[str, tuple[int, int]]) -> None:
    """The content decides, which the chain covers; the index is mended."""
    three.store.times["w/00000001"] = times
    assert run(three, 0) == 0
    assert len(three.store.segments()) == 3
    index = three.store.segment_index("w/00000001")
    assert index is not None
    assert index[1] == decode_index(index[0]).accounts == {ACCOUNT: (START_MS, START_MS + 1000)}


@pytest.mark.parametrize("days", [0, DAYS])
def test_segments_of_an_older_server_are_indexed(three: Bench, days: int) -> None:
    """Whatever is kept for how long; until then verification remarks on them."""
    three.store.times = {"w/00000002": three.store.times["w/00000002"]}
    report = three.verify()
    assert report.intact
    assert [finding.kind for finding in report.remarks] == [Remark.UNINDEXED] * 2
    Retention(three.store, three.ring, days).run(START_MS)
    assert len(three.store.times) == 3
    assert three.verify().remarks == []


def test_what_is_kept_for_ever_is_kept(three: Bench) -> None:
    """0 days means that nothing is removed."""
    assert Retention(three.store, three.ring, 0).run(START_MS + 1000 * DAYS * DAY_MS) == 0
    assert len(three.store.segments()) == 3


def test_a_removed_segment_that_comes_back_proves_nothing_and_goes_again(three: Bench) -> None:
    """A node that was away ships what the others have removed meanwhile."""
    kept, times = three.store.stored["w/00000001"], three.store.times["w/00000001"]
    run(three, 2)
    three.store.stored["w/00000001"], three.store.times["w/00000001"] = kept, times
    assert three.verify().intact
    assert run(three, 2) == 1
    assert three.verify().intact


def test_old_rows_of_the_journal_go_but_the_last(bench: Bench) -> None:
    """The last one stays: its writer may look up where it stands."""
    chain = WriterChain(bench.ring, "w")
    trail = bench.worker("w", journal=chain)
    bench.journal(chain, *range(5))
    bench.anchor(trail)
    assert run(bench, 2) == 2
    assert [row.sequence for row in bench.store.rows] == [3, 4, 5]
    assert run(bench, 100) == 2
    assert bench.verify().intact
    bench.journal(chain, 7)
    assert bench.verify().intact


def test_tampered_rows_of_the_journal_stay(bench: Bench) -> None:
    """A changed body, and a changed time, which would make a young event look old."""
    chain = WriterChain(bench.ring, "w")
    trail = bench.worker("w", journal=chain)
    bench.journal(chain, *range(5))
    bench.anchor(trail)
    honest = bench.store.rows[1]
    for changed in (replace(honest.entry, body=honest.entry.body[:-1] + b" }"), replace(honest.entry, time_ms=0)):
        bench.store.rows[1] = replace(honest, entry=changed)
        assert run(bench, 3) == 0
    assert len(bench.store.rows) == 5


def test_verification_that_meets_retention_looks_again(three: Bench) -> None:
    """What was removed while it read is not missing."""
    removed = iter([True])
    honest = three.store.segments

    def segments() -> list[str]:
        if next(removed, False):
            run(three, 2)
        return honest()

    with patch.object(three.store, "segments", segments):
        assert three.verify().intact
