"""Whoever can write the database can't change what the server believes: rows fail to open, and verification finds the rest."""

import pytest
from tests.support.stores import THINGS, Backend, Medium, put, thing, value_of

from strongroom.core.errors import RecordDoesNotOpen
from strongroom.storage.checkpoint import FeedProblem
from strongroom.storage.compact import compact_feed
from strongroom.storage.verify import RowProblem, feed_anchor, verify

EDITS = {
    "index column": "UPDATE things SET alias = 'admin' WHERE name = 'one'",
    "time column": "UPDATE things SET due = 1 WHERE name = 'one'",
    "revision": "UPDATE things SET revision = revision + 1 WHERE name = 'one'",
    "renamed": "UPDATE things SET name = 'other' WHERE name = 'one'",
    "other account": "UPDATE things SET account_id = 'b' WHERE name = 'one'",
    "truncated": "UPDATE things SET sealed = substr(sealed, 1, 20) WHERE name = 'one'",
    "emptied": "UPDATE things SET sealed = substr(sealed, 1, 0) WHERE name = 'one'",
    "swapped content": "UPDATE things SET sealed = (SELECT sealed FROM things WHERE name = 'two') WHERE name = 'one'",
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_row_does_not_open_and_is_found(backend: Backend, edit: str) -> None:
    """It is never taken for absent and never cached."""
    put(backend.open(), thing("one", alias="user", due=9), thing("two", alias="user"))
    backend.close()
    backend.run(EDITS[edit])
    database = backend.open()
    ((account, name),) = backend.run("SELECT account_id, name FROM things WHERE name <> 'two'")
    for _ in range(2):
        with pytest.raises(RecordDoesNotOpen):
            database.begin(inline=False).get(THINGS, account, name)
        with pytest.raises(RecordDoesNotOpen):
            database.begin(inline=False).scan(THINGS, account, limit=10)
        with pytest.raises(RecordDoesNotOpen):
            database.begin(inline=False).scan_keys(THINGS, account, limit=10)
    problems = {finding.problem for finding in verify(database).findings}
    assert RowProblem.DOES_NOT_OPEN in problems


def test_a_copied_row_does_not_open_and_is_found(backend: Backend) -> None:
    """A second row from an old one is no record."""
    put(backend.open(), thing("one", alias="user"))
    backend.close()
    backend.run(
        "INSERT INTO things (account_id, name, due, alias, revision, layout, sealed) "
        "SELECT account_id, 'copy', due, alias, revision, layout, sealed FROM things"
    )
    database = backend.open()
    with pytest.raises(RecordDoesNotOpen):
        database.begin(inline=False).get(THINGS, "a", "copy")
    assert value_of(database, "one") == 0
    problems = {finding.problem for finding in verify(database).findings}
    assert problems == {RowProblem.DOES_NOT_OPEN, RowProblem.NOT_IN_FEED}


def test_a_deleted_row_is_found(backend: Backend) -> None:
    """Absence can't be sealed, so the feed tells."""
    put(backend.open(), thing("one"), thing("two"))
    backend.run("DELETE FROM things WHERE name = 'one'")
    (finding,) = verify(backend.open()).findings
    assert (finding.problem, finding.where) == (RowProblem.MISSING, ("things", ("a", "one")))
    assert "things a/one" in str(finding)


def test_a_row_put_back_to_an_older_state_is_found(backend: Backend) -> None:
    """It opens, since it was true once; its revision gives it away."""
    put(backend.open(), thing("one", value=1))
    ((revision, sealed),) = backend.run("SELECT revision, sealed FROM things")
    put(backend.open(), thing("one", value=2))
    backend.close()
    backend.run("UPDATE things SET revision = ?, sealed = ?", revision, sealed)
    database = backend.open()
    assert value_of(database, "one") == 1
    assert [finding.problem for finding in verify(database).findings] == [RowProblem.NOT_CURRENT]


def test_a_deleted_row_that_was_put_back_is_found(backend: Backend) -> None:
    """A removed permission does not come back unnoticed."""
    database = backend.open()
    put(database, thing("one", value=1))
    (row,) = backend.run("SELECT account_id, name, due, alias, revision, layout, sealed FROM things")
    unit = database.begin(inline=False)
    assert unit.get(THINGS, "a", "one") is not None
    unit.delete(THINGS, "a", "one")
    database.commit(unit).result()
    backend.run("INSERT INTO things (account_id, name, due, alias, revision, layout, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)", *row)
    assert [finding.problem for finding in verify(database).findings] == [RowProblem.NOT_IN_FEED]


FEED_EDITS = {
    "changed revision": ("UPDATE system_feed SET revision = revision + 1 WHERE seq = 2", FeedProblem.ROW_CHANGED),
    "changed key": ("""UPDATE system_feed SET key = '["a","x"]' WHERE seq = 2""", FeedProblem.ROW_CHANGED),
    "unreadable key": ("UPDATE system_feed SET key = '{' WHERE seq = 2", FeedProblem.ROW_CHANGED),
    "changed table": ("UPDATE system_feed SET table_name = 'owners' WHERE seq = 2", FeedProblem.ROW_CHANGED),
    "removed row": ("DELETE FROM system_feed WHERE seq = 2", FeedProblem.ROW_MISSING),
    "removed start": ("DELETE FROM system_feed WHERE seq = 1", FeedProblem.ROW_MISSING),
}


@pytest.mark.parametrize("edit", FEED_EDITS)
def test_a_changed_feed_is_found(backend: Backend, edit: str) -> None:
    """Each row's MAC covers the one before."""
    sql, problem = FEED_EDITS[edit]
    put(backend.open(), thing("one"), thing("two"), thing("three"))
    backend.close()
    backend.run(sql)
    assert problem in {finding.problem for finding in verify(backend.open()).findings}


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM system_feed WHERE seq = 1",
        "UPDATE system_feed SET revision = revision + 1 WHERE seq = 1",
        "DELETE FROM system_meta WHERE name = 'checkpoint'",
        "INSERT INTO system_feed SELECT 2, table_name, key, revision, mac FROM system_feed WHERE seq = 1",
    ],
)
def test_a_changed_feed_is_found_below_the_checkpoint_too(backend: Backend, sql: str) -> None:
    """Compaction gives nothing away: a record and its feed rows can't be removed together."""
    database = backend.open()
    put(database, thing("one"))
    put(database, thing("x", value=1))
    put(database, thing("x", value=2))
    put(database, thing("last"))
    assert compact_feed(database, keep=1) == 3
    assert verify(database).findings == []
    backend.close()
    backend.run(sql)
    problems = {finding.problem for finding in verify(backend.open()).findings}
    assert problems & {FeedProblem.CHECKPOINT_CHANGED, FeedProblem.ROW_MISSING}


def _cut(medium: Medium) -> None:
    medium.run("DELETE FROM things WHERE name = 'two'")
    medium.run("DELETE FROM system_feed WHERE seq = 2")


def test_a_whole_database_put_back_is_found_by_an_anchor_only(backend: Backend) -> None:
    """Without something kept outside, an earlier state is as true as any."""
    database = backend.open()
    put(database, thing("one"))
    put(database, thing("two"))
    anchor = feed_anchor(database)
    assert verify(database, anchor).findings == []
    backend.close()
    _cut(backend.medium)
    database = backend.open()
    assert verify(database).findings == []
    assert [finding.problem for finding in verify(database, anchor).findings] == [RowProblem.CUT]
    put(database, thing("three"))
    assert [finding.problem for finding in verify(database, anchor).findings] == [RowProblem.CUT]
