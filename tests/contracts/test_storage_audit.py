"""The audit room's part of the database. On both engines."""

from tests.support.stores import THINGS, AnyDatabase, Backend, Chain, thing

from strongroom.storage.ports import Anchor, Floor, JournalEntry


def record(database: AnyDatabase, request_id: str, account: str, time_ms: int) -> None:
    """Commit a unit with one event."""
    unit = database.begin(inline=False)
    unit.insert(THINGS, thing(request_id))
    unit.attach([JournalEntry(request_id, 0, account, time_ms, request_id.encode())])
    database.commit(unit).result()


def test_the_journal_is_read_by_writer_and_by_account(backend: Backend) -> None:
    """By writer in order of the chain, by account from the newest."""
    one, two = backend.open(chain=Chain("w1")), backend.open(chain=Chain("w2"))
    for number in range(4):
        record(one, f"a{number}", "a", 100 + number)
        record(two, f"b{number}", "b" if number % 2 else "a", 100 + number)
    store = one.audit()
    assert [(row.writer_id, row.sequence) for row in store.journal(None, 2, 10)] == [("w1", 3), ("w1", 4), ("w2", 3), ("w2", 4)]
    assert [row.entry.request_id for row in store.journal("w1", 1, 2)] == ["a1", "a2"]
    assert [(head.writer_id, head.sequence) for head in store.journal_writers()] == [("w1", 4), ("w2", 4)]
    whole = store.journal_for("a", 100, 102, 10, None)
    assert [row.entry.request_id for row in whole] == ["b2", "a2", "a1", "b0", "a0"]
    paged = []
    before = None
    while page := store.journal_for("a", 100, 102, 2, before):
        paged += page
        before = (page[-1].entry.time_ms, page[-1].writer_id, page[-1].sequence)
    assert paged == whole
    assert whole[0].entry == JournalEntry("b2", 0, "a", 102, b"b2")


def test_the_newest_anchor_of_each_writer_is_kept(database: AnyDatabase) -> None:
    """One that comes late changes nothing."""
    store = database.audit()
    store.put_anchors([Anchor("w1", 5, b"five", 50), Anchor("w2", 1, b"one", 50)])
    store.put_anchors([Anchor("w1", 4, b"four", 60), Anchor("w2", 2, b"two", 60)])
    assert store.anchors() == [Anchor("w1", 5, b"five", 50), Anchor("w2", 2, b"two", 60)]


def test_segments_are_stored_whole(database: AnyDatabase) -> None:
    """With their index; storing one again replaces it."""
    store = database.audit()
    data = bytes(range(256)) * 4096
    store.put_segment("node-1/1", b"old", {"a": (1, 2)}, b"old")
    store.put_segment("node-1/1", b"index", {"a": (1, 3), "b": (2, 2)}, data)
    store.put_segment("node-0/2", b"", {}, b"")
    assert store.segments() == ["node-0/2", "node-1/1"]
    assert store.segment("node-1/1") == data
    assert store.segment("node-2/1") is None
    assert store.segment_index("node-1/1") == (b"index", {"a": (1, 3), "b": (2, 2)})
    assert store.segment_index("node-2/1") is None


def test_segments_are_found_by_account_and_time(database: AnyDatabase) -> None:
    """Newest first, and in pages; the name decides between equal times."""
    store = database.audit()
    for name, oldest, newest in (("w/1", 0, 10), ("w/2", 10, 20), ("x/1", 5, 20), ("w/3", 20, 30)):
        store.put_segment(name, b"", {"a": (oldest, newest)}, b"")
    store.put_segment("w/4", b"", {"b": (0, 100)}, b"")
    assert store.segments_for("a", 0, 100, None, 10) == [(30, "w/3"), (20, "x/1"), (20, "w/2"), (10, "w/1")]
    assert store.segments_for("a", 0, 100, (20, "x/1"), 1) == [(20, "w/2")]
    assert store.segments_for("a", 11, 19, None, 10) == [(20, "x/1"), (20, "w/2")]
    assert store.segments_for("c", 0, 100, None, 10) == []
    assert (store.last_segment("w"), store.last_segment("x"), store.last_segment("w/")) == ("w/4", "x/1", None)


def test_what_retention_removes_leaves_a_floor(backend: Backend) -> None:
    """A segment or rows go together with the floor's move; an older floor does not come back."""
    database = backend.open(chain=Chain("w1"))
    for number in range(4):
        record(database, f"r{number}", "a", 100 + number)
    store = database.audit()
    store.put_segment("w/1", b"", {"a": (0, 10), "b": (0, 50)}, b"")
    store.put_segment("w/2", b"", {"a": (10, 60)}, b"")
    store.put_segment("w/3", b"", {}, b"")
    assert store.old_segments(50) == ["w/3"]
    assert store.unindexed_segments(10) == ["w/3"]
    assert store.old_segments(51) == ["w/1", "w/3"]
    store.remove(Floor("segments:w", 7, b"mac", 1, b"seal"), "w/1")
    assert store.segments() == ["w/2", "w/3"]
    assert store.segments_for("b", 0, 100, None, 10) == []
    store.remove(Floor("w1", 3, b"mac", 1, b"seal"), None)
    store.remove(Floor("w1", 2, b"older", 1, b"seal"), None)
    assert [row.sequence for row in store.journal("w1", 0, 10)] == [4]
    assert store.floors() == [Floor("segments:w", 7, b"mac", 1, b"seal"), Floor("w1", 3, b"mac", 1, b"seal")]
