"""Keeps the change feed from growing without end: rows that newer ones supersede are removed, verification stays possible."""

import time

import msgspec

from strongroom.core.errors import OperatorError
from strongroom.storage.checkpoint import CHECKPOINT, Checkpoint, FeedRow, FeedWalk, feed_rows, fold, read_checkpoint, seal_of
from strongroom.storage.database import Maintained
from strongroom.storage.entry import Place
from strongroom.storage.feed import head_of
from strongroom.storage.ports import Sealer
from strongroom.storage.session import Session
from strongroom.storage.system import FEED_HEAD, FEED_REMOVE, META_PUT, WRITERS_REMOVE

# A follower that is further behind drops its cache, so this many rows stay whatever they say.
KEPT_ROWS = 100_000
# Rows taken on at a time, so that the transaction which removes them holds up writers for a moment only.
MOST_ROWS = 50_000
WRITER_SECONDS = 30 * 24 * 3600


def compact_feed(database: Maintained, *, keep: int = KEPT_ROWS, most: int = MOST_ROWS) -> int:
    """Compact the oldest part of the feed and return how many rows it went over; 0 means that there is nothing to do.

    Runs under a lease. Up to the new horizon it keeps the newest row of each record that still exists. Raises
    OperatorError, and changes nothing, if the feed is broken: a compaction would hide that.
    """
    sealer = database.engine.sealer
    with database.snapshot() as session:
        before = read_checkpoint(session)
        horizon = min(head_of(session.rows(FEED_HEAD))[0] - keep, before.horizon + most)
        if horizon <= before.horizon:
            return 0
        kept, removed, head = _split(session, sealer, before, horizon)
    folded = b""
    for row in kept:
        folded = fold(sealer, folded, row)
    after = Checkpoint(horizon, len(kept), head, seal_of(sealer, horizon, len(kept), head, folded))

    def remove(session: Session) -> None:
        if read_checkpoint(session) != before:
            raise OperatorError("the change feed was compacted twice at the same time")
        stale = int((time.time() - WRITER_SECONDS) * 1000)
        session.write(
            [
                (FEED_REMOVE, [(sequence,) for sequence in removed]),
                (META_PUT, [(CHECKPOINT, msgspec.json.encode(after).decode())]),
                (WRITERS_REMOVE, [(stale,)]),
            ]
        )

    database.engine.writer.call(remove)
    return horizon - before.horizon


def _split(session: Session, sealer: Sealer, before: Checkpoint, horizon: int) -> tuple[list[FeedRow], list[int], bytes]:
    """Return the rows to keep, the sequence numbers to remove, and the MAC at the horizon."""
    walk = FeedWalk(sealer, before)
    newest: dict[Place, FeedRow] = {}
    removed: list[int] = []
    for row in feed_rows(session, horizon):
        walk.step(row)
        if (superseded := newest.pop(row.place, None)) is not None:
            removed.append(superseded.sequence)
        newest[row.place] = row
    walk.finish()
    if walk.problems or walk.sequence != horizon:
        raise OperatorError("the change feed is broken, so it was not compacted: run `strongroom doctor --verify`")
    removed += [row.sequence for row in newest.values() if not row.revision]
    # `pop` before each entry keeps the dictionary in the order of sequence numbers.
    return [row for row in newest.values() if row.revision], removed, walk.mac
