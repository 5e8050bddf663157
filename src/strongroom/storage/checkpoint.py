"""Walking the chained change feed, and the checkpoint that stands in for what compaction removed.

Every row's MAC covers the row before it, so a changed, removed or reordered row breaks the chain. Compaction removes rows
that newer ones supersede, so up to its horizon the chain can't be followed any more; the checkpoint holds a MAC over
every row that is left there, in order, and the MAC of the row at the horizon, with which the chain goes on.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

import msgspec

from strongroom.core.errors import OperatorError
from strongroom.storage.entry import Place
from strongroom.storage.feed import decode_key
from strongroom.storage.ports import Sealer
from strongroom.storage.session import Session
from strongroom.storage.system import FEED_WHOLE, META_GET
from strongroom.storage.table import Key

CHECKPOINT = "checkpoint"
_SEALED_AS = "system_feed:checkpoint"


class Checkpoint(msgspec.Struct, frozen=True):
    """Up to `horizon`, `rows` rows are left; `head` is the MAC of the row at the horizon, `seal` the MAC over all of this."""

    horizon: int = 0
    rows: int = 0
    head: bytes = b""
    seal: bytes = b""


class FeedRow(NamedTuple):
    """One change: where, the revision that it left (0 for a deletion), and the chain's MAC."""

    sequence: int
    place: Place
    revision: int
    mac: bytes


class FeedProblem(Enum):
    """How a feed can be broken."""

    ROW_CHANGED = "a row of the change feed was changed"
    ROW_MISSING = "rows of the change feed are missing"
    CHECKPOINT_CHANGED = "the oldest part of the change feed is not what its checkpoint says"


def read_checkpoint(session: Session) -> Checkpoint:
    """Return the checkpoint, or an empty one if nothing was compacted yet."""
    rows = session.rows(META_GET, (CHECKPOINT,))
    return msgspec.json.decode(rows[0][0], type=Checkpoint) if rows else Checkpoint()


def feed_rows(session: Session, last: int) -> Iterator[FeedRow]:
    """Return the rows up to sequence number `last`, in order."""
    for sequence, table, key, revision, mac in session.stream(FEED_WHOLE, (last,)):
        yield FeedRow(sequence, (table, _key(key)), revision, bytes(mac))


def _key(text: str) -> Key:
    try:
        return decode_key(text)
    except OperatorError:
        return (text,)  # its MAC will not fit


def fold(sealer: Sealer, folded: bytes, row: FeedRow) -> bytes:
    """Return the MAC over the rows folded so far and `row`."""
    return sealer.feed_mac(folded, row.sequence, row.place[0], row.place[1], row.revision)


def seal_of(sealer: Sealer, horizon: int, rows: int, head: bytes, folded: bytes) -> bytes:
    """Return a checkpoint's seal. Its name is no table's, so no feed row has the same MAC."""
    return sealer.feed_mac(folded, horizon, _SEALED_AS, (head.hex(),), rows)


@dataclass(slots=True)
class FeedWalk:
    """Follows a feed row by row; goes on after a break, so that each is reported once."""

    sealer: Sealer
    checkpoint: Checkpoint
    problems: list[tuple[FeedProblem, int]] = field(default_factory=list)
    sequence: int = 0
    mac: bytes = b""
    rows: int = 0
    _folded: bytes = b""
    _beyond: bool = False

    def step(self, row: FeedRow) -> None:
        """Check the next row."""
        self.rows += 1
        if row.sequence <= self.checkpoint.horizon:
            self._folded = fold(self.sealer, self._folded, row)
            self.sequence, self.mac = row.sequence, row.mac
            return
        if not self._beyond:
            self._leave_checkpoint(self.rows - 1)
        if row.sequence != self.sequence + 1:
            self.problems.append((FeedProblem.ROW_MISSING, self.sequence + 1))
        elif not hmac.compare_digest(fold(self.sealer, self.mac, row), row.mac):
            self.problems.append((FeedProblem.ROW_CHANGED, row.sequence))
        self.sequence, self.mac = row.sequence, row.mac

    def finish(self) -> None:
        """Check what can only be known at the end."""
        if not self._beyond:
            self._leave_checkpoint(self.rows)

    def _leave_checkpoint(self, rows: int) -> None:
        self._beyond = True
        expected = self.checkpoint
        if expected.horizon:
            seal = seal_of(self.sealer, expected.horizon, rows, expected.head, self._folded)
            if rows != expected.rows or not hmac.compare_digest(seal, expected.seal):
                self.problems.append((FeedProblem.CHECKPOINT_CHANGED, expected.horizon))
        self.sequence, self.mac = expected.horizon, expected.head
