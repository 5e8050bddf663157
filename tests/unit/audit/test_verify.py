"""Tampering of every sort is found and named."""

import re
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.unit.audit.conftest import Bench
from tests.unit.crypto.memory_keys import new_ring

from strongroom.audit.archive import pack, unpack
from strongroom.audit.chain import WriterChain
from strongroom.audit.index import SegmentIndex, encode_index
from strongroom.audit.report import Finding
from strongroom.audit.verify import verify
from strongroom.storage.ports import Anchor

Edit = Callable[[list[bytes]], list[bytes]]


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    """Return kinds and details."""
    return [(finding.kind.value, finding.detail) for finding in findings]


def kinds(findings: list[Finding]) -> set[str]:
    """Return the kinds found."""
    return {finding.kind.value for finding in findings}


@pytest.fixture
def anchored(bench: Bench) -> Path:
    """A live file of five anchored events, and the worker still running."""
    trail = bench.worker("w")
    bench.write(trail, *range(5))
    bench.anchor(trail)
    return bench.live_file("w")


def edit(path: Path, change: Edit) -> None:
    """Rewrite a file line by line."""
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def changed(line: bytes, pattern: bytes, text: bytes) -> bytes:
    """Return `line` with the first match replaced."""
    return re.sub(pattern, text, line, count=1)


LINE_EDITS: list[tuple[str, Edit, set[str]]] = [
    ("event changed", lambda x: [*x[:2], changed(x[2], b"Decrypt", b"Encrypt"), *x[3:]], {"changed"}),
    ("account changed", lambda x: [*x[:2], changed(x[2], b"111122223333", b"444455556666"), *x[3:]], {"changed"}),
    ("time changed", lambda x: [*x[:2], changed(x[2], b" 1700000002000 ", b" 1700000003000 "), *x[3:]], {"changed"}),
    ("request id changed", lambda x: [*x[:2], changed(x[2], b" r2 ", b" r9 "), *x[3:]], {"changed"}),
    ("nesting changed", lambda x: [*x[:2], changed(x[2], b" r2 0 ", b" r2 1 "), *x[3:]], {"changed"}),
    ("MAC changed", lambda x: [*x[:2], changed(x[2], b"^3 .", b"3 " + (b"1" if x[2][2:3] == b"0" else b"0")), *x[3:]], {"changed"}),
    ("last event changed", lambda x: [*x[:4], changed(x[4], b"Decrypt", b"Encrypt")], {"changed"}),
    ("payload unreadable", lambda x: [*x[:2], x[2][:67] + b"nothing\n", *x[3:]], {"changed"}),
    ("line unreadable", lambda x: [*x[:2], b"what\n", *x[3:]], {"changed", "missing"}),
    ("first line gone", lambda x: x[1:], {"missing"}),
    ("middle line gone", lambda x: [*x[:2], *x[3:]], {"missing"}),
    ("lines swapped", lambda x: [*x[:2], x[3], x[2], x[4]], {"missing", "reordered"}),
    ("line twice", lambda x: [*x[:3], x[2], *x[3:]], {"reordered"}),
    ("last lines gone", lambda x: x[:3], {"cut"}),
    ("everything gone", lambda _: [], {"cut"}),
    ("last line torn", lambda x: [*x[:4], x[4][:-1]], {"cut"}),
    ("renumbered over a gap", lambda x: [*x[:2], b"3" + x[3][1:], b"4" + x[4][1:]], {"changed", "cut"}),
]


@pytest.mark.parametrize(("change", "expected"), [row[1:] for row in LINE_EDITS], ids=[row[0] for row in LINE_EDITS])
def test_every_edit_of_a_live_file_is_found(bench: Bench, anchored: Path, change: Edit, expected: set[str]) -> None:
    """And called by its name."""
    assert bench.verify().intact
    edit(anchored, change)
    assert kinds(bench.verify().problems) == expected


@pytest.mark.parametrize(("change", "expected"), [row[1:] for row in LINE_EDITS], ids=[row[0] for row in LINE_EDITS])
def test_every_edit_of_a_stored_segment_is_found(bench: Bench, anchored: Path, change: Edit, expected: set[str]) -> None:
    """Its index does not fit any more either, where the edit touched what it says."""
    bench.trails[0].close()
    assert not anchored.exists()
    index, data = bench.store.stored["w/00000001"]
    lines = unpack(data).splitlines(keepends=True)
    bench.store.stored["w/00000001"] = (index, pack(b"".join(change(lines))))
    assert kinds(bench.verify().problems) - {"damaged"} == expected


def test_findings_say_where(bench: Bench, anchored: Path) -> None:
    """File and line."""
    edit(anchored, lambda x: [*x[:1], changed(x[1], b"Decrypt", b"Encrypt"), x[2]])
    assert told(bench.verify().problems) == [
        ("changed", "entry 2 (segment w/00000001, line 2)"),
        ("cut", "entries 4 to 5 at the end are gone"),
    ]


def test_events_after_the_last_anchor_are_told_apart_from_cut_ones(bench: Bench, anchored: Path) -> None:
    """A crash leaves the former; only an attacker or a lost disk the latter."""
    bench.write(bench.trails[0], 5, 6)
    report = bench.verify()
    assert (report.problems, told(report.remarks)) == ([], [("unanchored", "entries 6 to 7")])
    edit(anchored, lambda x: x[:6])
    report = bench.verify()
    assert (report.problems, told(report.remarks)) == ([], [("unanchored", "entries 6 to 6")])
    edit(anchored, lambda x: x[:4])
    assert kinds(bench.verify().problems) == {"cut"}


def test_half_a_line_after_the_last_anchor_is_no_error(bench: Bench, anchored: Path) -> None:
    """The power went during a write."""
    anchored.write_bytes(anchored.read_bytes() + b"6 0123")
    report = bench.verify()
    assert (report.problems, told(report.remarks)) == ([], [("torn", "6 bytes at the end of segment w/00000001")])


@pytest.fixture
def stored(bench: Bench) -> Bench:
    """Three stored segments of one worker, two events each."""
    bench.three_segments()
    assert bench.verify().intact
    return bench


def test_a_stored_segment_that_is_gone_is_found(stored: Bench) -> None:
    """In the middle as missing, at the end as cut."""
    kept = dict(stored.store.stored)
    del stored.store.stored["w/00000002"]
    assert told(stored.verify().problems) == [("missing", "entries 3 to 4 before segment w/00000003, line 1")]
    stored.store.stored = kept
    del stored.store.stored["w/00000003"]
    assert told(stored.verify().problems) == [("cut", "entries 5 to 6 at the end are gone")]


def test_all_segments_of_a_worker_gone_are_found(stored: Bench) -> None:
    """Its anchors are still there."""
    stored.store.stored.clear()
    assert told(stored.verify().problems) == [("cut", "entries 1 to 6 at the end are gone")]


def test_anchors_put_back_in_the_database_do_not_hide_a_cut(stored: Bench) -> None:
    """The worker keeps a copy beside the database."""
    del stored.store.stored["w/00000003"]
    anchor = stored.store.heads["segments:w"]
    stored.store.heads["segments:w"] = replace(anchor, sequence=4)
    stored.store.heads.clear()
    assert kinds(stored.verify().problems) == {"cut"}


def test_anchors_deleted_beside_the_database_do_not_hide_a_cut(stored: Bench) -> None:
    """Nor the other way round."""
    del stored.store.stored["w/00000003"]
    (stored.directory / "w" / "anchors").unlink()
    assert kinds(stored.verify().problems) == {"cut"}


def test_an_anchor_that_does_not_fit_is_found(stored: Bench) -> None:
    """A chain that was made anew under a stolen key would differ from what was anchored."""
    stored.store.heads["segments:w"] = Anchor("segments:w", 6, bytes(32), 0)
    (stored.directory / "w" / "anchors").write_text("no anchors\nsegments:w x y z\n")
    assert told(stored.verify().problems) == [("changed", "entry 6 is not the one that was anchored (segment w/00000003, line 2)")]


def test_swapped_segments_are_found(stored: Bench) -> None:
    """Under each other's names."""
    kept = stored.store.stored
    kept["w/00000001"], kept["w/00000002"] = kept["w/00000002"], kept["w/00000001"]
    assert "reordered" in kinds(stored.verify().problems)


def test_another_workers_segment_can_not_stand_in(stored: Bench) -> None:
    """The first link is bound to the writer."""
    other = stored.worker("x")
    stored.write(other, 0, 1)
    other.close()
    stored.store.stored["w/00000001"] = stored.store.stored["x/00000001"]
    assert "changed" in kinds(stored.verify().problems)


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_a_segment_that_does_not_unpack_is_found(stored: Bench, damage: bytes | None) -> None:
    """Damage is told with the events that it costs."""
    index, data = stored.store.stored["w/00000002"]
    stored.store.stored["w/00000002"] = (index, data[:-4] if damage is None else damage)
    assert kinds(stored.verify().problems) == {"damaged", "missing"}


@pytest.mark.parametrize("cut", [0, 4])
def test_a_segment_that_an_older_server_stored_verifies_unless_it_is_damaged(stored: Bench, cut: int) -> None:
    """Those were compressed by zlib."""
    index, data = stored.store.stored["w/00000002"]
    older = zlib.compress(unpack(data))
    stored.store.stored["w/00000002"] = (index, older[: len(older) - cut])
    assert kinds(stored.verify().problems) == ({"damaged", "missing"} if cut else set())


@pytest.mark.parametrize("index", [b"", encode_index(SegmentIndex(3, 4, {}))], ids=["unreadable", "hides an account"])
def test_an_index_that_hides_events_from_searches_is_found(stored: Bench, index: bytes) -> None:
    """Searches trust it, so it is checked."""
    stored.store.stored["w/00000002"] = (index, stored.store.stored["w/00000002"][1])
    assert "damaged" in kinds(stored.verify().problems)


def test_another_servers_keys_verify_nothing(stored: Bench) -> None:
    """The chain hangs on the seal."""
    stored.ring = new_ring()
    assert "changed" in kinds(stored.verify().problems)


@pytest.fixture
def journal(bench: Bench) -> Bench:
    """Four journal rows of one worker, anchored."""
    chain = WriterChain(bench.ring, "w")
    trail = bench.worker("w", journal=chain)
    bench.journal(chain, *range(4))
    bench.anchor(trail)
    assert bench.verify().intact
    assert not bench.verify().remarks
    return bench


ROW_EDITS: list[tuple[str, Callable[[Bench], object], set[str]]] = [
    ("body", lambda b: put(b, 1, body=b.store.rows[1].entry.body.replace(b"Decrypt", b"Encrypt")), {"changed"}),
    ("body unreadable", lambda b: put(b, 1, body=b"{"), {"changed"}),
    ("account", lambda b: put(b, 1, account_id="444455556666"), {"changed"}),
    ("time", lambda b: put(b, 1, time_ms=0), {"changed"}),
    ("time beyond the calendar", lambda b: put(b, 1, time_ms=10**18), {"changed"}),
    ("request id", lambda b: put(b, 1, request_id="r9"), {"changed"}),
    ("first row gone", lambda b: b.store.rows.pop(0), {"missing"}),
    ("middle row gone", lambda b: b.store.rows.pop(1), {"missing"}),
    ("last row gone", lambda b: b.store.rows.pop(), {"cut"}),
    ("all rows gone", lambda b: b.store.rows.clear(), {"cut"}),
    ("rows renumbered", lambda b: swap(b, 1, 2), {"changed"}),
    ("another writer's", lambda b: b.store.rows.__setitem__(0, replace(b.store.rows[0], writer_id="x")), {"missing", "changed"}),
]


def put(bench: Bench, place: int, **changes: object) -> None:
    """Edit one row's entry."""
    row = bench.store.rows[place]
    bench.store.rows[place] = replace(row, entry=replace(row.entry, **changes))


def swap(bench: Bench, one: int, other: int) -> None:
    """Exchange two rows' places."""
    rows = bench.store.rows
    first, second = rows[one], rows[other]
    rows[one] = replace(second, sequence=first.sequence)
    rows[other] = replace(first, sequence=second.sequence)


@pytest.mark.parametrize(("change", "expected"), [row[1:] for row in ROW_EDITS], ids=[row[0] for row in ROW_EDITS])
def test_every_edit_of_the_journal_is_found(journal: Bench, change: Callable[[Bench], object], expected: set[str]) -> None:
    """Its searchable columns too, which the MAC does not cover."""
    change(journal)
    assert kinds(journal.verify().problems) == expected


def test_journal_anchors_put_back_in_the_database_do_not_hide_a_cut(journal: Bench) -> None:
    """Whoever can write the database can't write the node's disk."""
    journal.store.rows.pop()
    journal.store.heads.clear()
    assert kinds(journal.verify().problems) == {"cut"}


def test_journal_rows_after_the_anchor_are_remarked_on(journal: Bench) -> None:
    """They are durable, but a cut among them would not show."""
    chain = WriterChain(journal.ring, "y")
    journal.journal(chain, 7)
    report = journal.verify()
    assert (report.problems, [(f.writer_id, f.detail) for f in report.remarks]) == ([], [("y", "entries 1 to 1")])


def test_chains_outlive_the_rotation_of_domain_keys(journal: Bench) -> None:
    """The MAC key hangs on the purpose key."""
    journal.ring.rotate(now_ms=2000)
    journal.write(journal.trails[0], 1)
    journal.anchor(journal.trails[0])
    assert journal.verify().intact


def test_an_empty_server_verifies(bench: Bench) -> None:
    """Before the first event, and before its directory exists."""
    report = bench.verify()
    assert (report.entries, report.writers, report.intact) == (0, 0, True)


def test_what_another_node_has_not_shipped_is_told_apart_from_a_cut(stored: Bench, tmp_path: Path) -> None:
    """Only on a shared store, and only for workers that this node has no anchor of."""
    del stored.store.stored["w/00000003"]
    elsewhere = verify(tmp_path / "another node", stored.store, stored.ring, other_nodes=True)
    assert (elsewhere.problems, told(elsewhere.remarks)) == ([], [("unreached", "entries 5 to 6")])
    assert kinds(verify(tmp_path / "another node", stored.store, stored.ring).problems) == {"cut"}
    assert kinds(verify(stored.directory, stored.store, stored.ring, other_nodes=True).problems) == {"cut"}
