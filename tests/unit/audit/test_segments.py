"""Segment files: what is acknowledged is written, and what can't be written is not acknowledged."""

import errno
import os
import threading
from pathlib import Path

import pytest
from tests.unit.audit.conftest import Bench
from tests.unit.audit.memory_audit import ACCOUNT, facts

from strongroom.audit import segments
from strongroom.audit.archive import unpack
from strongroom.audit.lines import format_line, parse_line, split_lines
from strongroom.audit.trail import AuditTrail
from strongroom.core.errors import OperatorError, ServiceUnavailable


def test_all_events_of_a_request_are_written_with_one_write(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a crash keeps all of them or none."""
    trail = bench.worker("w")
    bench.write(trail, 0)
    writes: list[bytes] = []
    real = os.write

    def noted(descriptor: int, data: bytes) -> int:
        writes.append(data)
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", noted)
    trail.append(trail.entries([facts(1), facts(1, nested=1), facts(1, nested=2)]))
    assert [data.count(b"\n") for data in writes] == [3]


def test_a_line_holds_the_event_and_its_plain_facts(bench: Bench) -> None:
    """And is found again in the file at once."""
    trail = bench.worker("w")
    [entry] = trail.entries([facts(3)])
    trail.append([entry])
    [raw], torn = split_lines(bench.live_file("w").read_bytes())
    line = parse_line(raw)
    assert line is not None
    assert (line.sequence, line.entry(), torn) == (1, entry, b"")


def no_space(_fd: int, _data: bytes) -> int:
    """Fail as a full disk does."""
    raise OSError(errno.ENOSPC, "No space left on device")


def a_part(fd: int, data: bytes, real: object = os.write) -> int:
    """Write half of it, as a disk that fills up does."""
    return real(fd, data[: len(data) // 2])  # type: ignore[operator, no-any-return]


@pytest.mark.parametrize("failure", [no_space, a_part])
def test_an_event_that_can_not_be_written_fails_the_call_and_leaves_no_trace(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, failure: object
) -> None:
    """The file is as before, and the next event continues the chain."""
    trail = bench.worker("w")
    bench.write(trail, 0)
    before = bench.live_file("w").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", failure)
        with pytest.raises(ServiceUnavailable):
            bench.write(trail, 1)
    assert bench.live_file("w").read_bytes() == before
    bench.write(trail, 2)
    bench.anchor(trail)
    report = bench.verify()
    assert (report.problems, report.remarks, report.entries) == ([], [], 2)


def test_a_torn_line_that_can_not_be_taken_back_is_left_behind(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker goes on in a new file, and the torn line is remarked on."""

    def fail(_fd: int, _size: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    trail = bench.worker("w")
    bench.write(trail, 0)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", a_part)
        patch.setattr(os, "ftruncate", fail)
        with pytest.raises(ServiceUnavailable):
            bench.write(trail, 1)
    bench.write(trail, 2)
    bench.anchor(trail)
    report = bench.verify()
    assert report.problems == []
    assert [finding.kind.value for finding in report.remarks] == ["torn"]


def test_power_durability_syncs_before_it_answers(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a failed sync fails the call."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fdatasync", synced.append)
    bench.write(bench.worker("process"), 0)
    assert synced == []
    trail = bench.worker("power", durability="power")
    bench.write(trail, 0, 1)
    assert len(synced) == 2

    def fail(_fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fail)
        with pytest.raises(ServiceUnavailable):
            bench.write(trail, 2)
    bench.give_up(trail)


def test_events_that_wait_for_the_disk_share_one_sync(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Appending returns at once; whatever is written during a sync is covered by the next one."""
    synced: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    def slow(descriptor: int) -> None:
        begun.set()
        go_on.wait(10)
        synced.append(descriptor)

    monkeypatch.setattr(os, "fdatasync", slow)
    trail = bench.worker("power", durability="power")
    first = trail.append(trail.entries([facts(0)]))
    assert begun.wait(10)
    others = [trail.append(trail.entries([facts(number)])) for number in range(1, 20)]
    assert first is not None
    assert not first.done()
    go_on.set()
    for durable in [first, *others]:
        assert durable is not None
        durable.result(10)
    assert len(synced) == 2
    bench.give_up(trail)


def test_nothing_is_anchored_after_a_failed_sync(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second fdatasync would succeed although the kernel has dropped the data."""

    def fail(_fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    trail = bench.worker("w")
    bench.write(trail, 0)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fail)
        with pytest.raises(OSError, match="Input/output"):
            bench.anchor(trail)
    with pytest.raises(OSError, match="earlier"):
        bench.anchor(trail)
    assert bench.store.heads == {}
    bench.give_up(trail)


def tiny(bench: Bench, monkeypatch: pytest.MonkeyPatch, name: str) -> AuditTrail:
    """Return a trail whose files are full after one event."""
    monkeypatch.setattr("strongroom.audit.trail.SegmentOptions", lambda durability: segments.SegmentOptions(durability, max_bytes=1))
    return bench.worker(name)


def test_full_files_are_closed_shipped_and_removed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store has what the disk had."""
    trail = tiny(bench, monkeypatch, "w")
    bench.write(trail, 0)
    content = bench.live_file("w").read_bytes()
    bench.write(trail, 1, 2)
    bench.anchor(trail)
    assert sorted(bench.store.stored) == ["w/00000001", "w/00000002"]
    assert unpack(bench.store.stored["w/00000001"][1]) == content
    assert [path.name for path in (bench.directory / "w").glob("*.log")] == ["00000003.log"]
    assert bench.verify().intact


def test_old_files_are_closed_by_time(bench: Bench) -> None:
    """Other nodes see these events a few minutes later at the most."""
    trail = bench.worker("w")
    bench.write(trail, 0)
    bench.anchor(trail)
    assert bench.store.stored == {}
    bench.time += 300
    bench.anchor(trail)
    assert sorted(bench.store.stored) == ["w/00000001"]


def test_closing_anchors_and_ships_everything(bench: Bench) -> None:
    """Nothing is left unanchored by an orderly stop."""
    trail = bench.worker("w")
    bench.write(trail, 0, 1)
    trail.close()
    report = bench.verify()
    assert (report.entries, report.problems, report.remarks) == (2, [], [])
    assert list(bench.directory.rglob("*.log")) == []


def killed(bench: Bench, name: str) -> None:
    """Leave what a killed worker leaves: files, and a lock that nobody holds."""
    trail = bench.trails.pop()
    trail._keeper._stop.set()
    trail._keeper._thread.join()
    assert trail._lock is not None
    os.close(trail._lock)
    assert (bench.directory / name / "lock").exists()


def test_files_of_a_dead_worker_are_taken_up_and_those_of_a_living_one_are_not(bench: Bench) -> None:
    """By the next worker that starts on this node."""
    bench.write(bench.worker("living"), 0)
    bench.write(bench.worker("dead"), 1)
    killed(bench, "dead")
    bench.anchor(bench.worker("next"))
    assert sorted(bench.store.stored) == ["dead/00000001"]
    assert bench.live_file("living").exists()
    assert bench.verify().intact


def test_directories_of_finished_workers_are_removed_and_their_anchors_kept(bench: Bench) -> None:
    """By the next worker that starts, so that restarts leave nothing to search through."""
    bench.write(bench.worker("one"), 0, 1)
    bench.trails[0].close()
    bench.write(bench.worker("dead"), 2)
    bench.anchor(bench.trails[1])
    killed(bench, "dead")
    bench.anchor(bench.worker("two"))
    assert sorted(path.name for path in bench.directory.iterdir()) == ["anchors", "dead", "lock", "two"]
    bench.worker("three")
    assert sorted(path.name for path in bench.directory.iterdir()) == ["anchors", "lock", "three", "two"]
    assert bench.verify().intact
    bench.store.stored.clear()
    bench.store.heads.clear()
    assert sorted(finding.writer_id for finding in bench.verify().problems) == ["segments:dead", "segments:one"]


def test_a_dead_workers_torn_line_is_kept_and_remarked_on(bench: Bench) -> None:
    """The power went during the last write."""
    bench.write(bench.worker("dead"), 1)
    killed(bench, "dead")
    path = bench.live_file("dead")
    path.write_bytes(path.read_bytes() + b"2 abc")
    bench.anchor(bench.worker("next"))
    report = bench.verify()
    assert report.intact
    assert {finding.kind.value for finding in report.remarks} == {"torn", "unanchored"}


def test_shipping_may_be_repeated_after_a_crash(bench: Bench) -> None:
    """The store had the segment before the file was removed."""
    trail = bench.worker("w")
    bench.write(trail, 0)
    path = bench.live_file("w")
    content = path.read_bytes()
    trail.close()
    path.write_bytes(content)
    bench.anchor(bench.worker("next"))
    assert not path.exists()


def test_a_file_that_differs_from_the_stored_segment_stays(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """Neither may replace the other: an operator has to look."""
    trail = bench.worker("w")
    bench.write(trail, 0)
    path = bench.live_file("w")
    trail.close()
    path.write_bytes(b"other\n")
    bench.anchor(bench.worker("next"))
    assert path.exists()
    assert "stays on this node" in caplog.text
    path.unlink()


def test_a_store_out_of_reach_makes_anchors_late_and_loses_nothing(bench: Bench) -> None:
    """Events are written to the disk meanwhile."""
    trail = bench.worker("w")
    bench.write(trail, 0)
    bench.store.fails = True
    with pytest.raises(ConnectionError):
        bench.anchor(trail)
    bench.write(trail, 1)
    bench.store.fails = False
    bench.anchor(trail)
    assert bench.store.heads["segments:w"].sequence == 2


def test_two_workers_never_share_a_directory(bench: Bench) -> None:
    """The second one is refused."""
    bench.worker("w")
    with pytest.raises(OperatorError, match="another running worker"):
        bench.worker("w")


def test_files_are_private(bench: Bench) -> None:
    """Events tell who did what."""
    trail = bench.worker("w")
    bench.write(trail, 0)
    bench.anchor(trail)
    paths: list[Path] = [bench.directory / "w", *(bench.directory / "w").iterdir()]
    assert all(path.stat().st_mode & 0o077 == 0 for path in paths)


@pytest.mark.parametrize("raw", [b"", b"1", b"x y z", b"1 zz {}", b"1 00 {}", b"01 " + b"0" * 64 + b" p", b"-1 " + b"A" * 64 + b" p"])
def test_other_lines_are_not_read(raw: bytes) -> None:
    """A line has one spelling only."""
    assert parse_line(raw) is None


def test_a_line_with_a_malformed_payload_has_no_entry() -> None:
    """Its MAC is checked all the same."""
    line = parse_line(format_line(1, bytes(32), b"no fields")[:-1])
    assert line is not None
    assert line.entry() is None


def test_a_file_is_shipped_in_time_although_the_clock_was_put_back(bench: Bench) -> None:
    """Neither the chain nor the index minds; times in it may run backwards."""
    trail = bench.worker("w")
    bench.write(trail, 500)
    bench.time -= 86_400
    bench.write(trail, -86_400)
    bench.anchor(trail)
    assert bench.store.segments() == ["w/00000001"]
    index = bench.store.segment_index("w/00000001")
    assert index is not None
    oldest, newest = index[1][ACCOUNT]
    assert newest - oldest == 86_900_000
    bench.write(trail, -86_300)
    assert bench.verify().intact


@pytest.mark.parametrize("replaced", [False, True])
def test_a_segment_that_is_removed_or_replaced_is_written_anew(bench: Bench, *, replaced: bool) -> None:
    """Within a second, whole, and the chain goes on in it."""
    trail = bench.worker("w")
    bench.write(trail, 0, 1)
    path = bench.live_file("w")
    path.unlink()
    if replaced:
        path.write_bytes(b"another\n")
    bench.write(trail, 2)
    bench.anchor(trail)
    bench.write(trail, 3)
    assert len(path.read_bytes().splitlines()) == 4
    assert path.stat().st_mode & 0o777 == 0o600
    assert bench.verify().intact
    bench.time += 300
    bench.anchor(trail)
    assert unpack(bench.store.stored["w/00000001"][1]).count(b"\n") == 4


def test_nothing_is_acknowledged_once_the_directory_is_known_to_be_gone(bench: Bench) -> None:
    """The events that are open are not given up: they are back when the directory is."""
    trail = bench.worker("w")
    bench.write(trail, 0)
    away = bench.directory.with_name("away")
    (bench.directory / "w").rename(away)
    with pytest.raises(OSError, match="No such file"):
        bench.anchor(trail)
    with pytest.raises(ServiceUnavailable):
        bench.write(trail, 1)
    away.rename(bench.directory / "w")
    bench.write(trail, 2)
    bench.anchor(trail)
    assert bench.verify().intact
    assert bench.verify().entries == 2
