"""The audit room's part of the database. On both engines."""

from tests.support.stores import THINGS, AnyDatabase, Backend, Chain, thing

from strongroom.storage.ports import Anchor, JournalEntry


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
    store.put_segment("node-1", b"index", b"old")
    store.put_segment("node-1", b"index", data)
    store.put_segment("node-0", b"", b"")
    assert store.segments() == [("node-0", b""), ("node-1", b"index")]
    assert store.segment("node-1") == data
    assert store.segment("node-2") is None
