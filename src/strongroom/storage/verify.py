"""Compares every row with the change feed: what was edited, swapped, rolled back, removed or slipped in is found.

What this can't see by itself is a whole database put back to an earlier state. For that, keep the feed's head outside
the database and pass it as `anchor`.
"""

import hmac
from dataclasses import dataclass, field
from enum import Enum

from strongroom.core.errors import RecordDoesNotOpen
from strongroom.storage.checkpoint import FeedProblem, FeedWalk, feed_rows, read_checkpoint
from strongroom.storage.database import Maintained
from strongroom.storage.entry import MAX_INTEGER, Place
from strongroom.storage.feed import head_of
from strongroom.storage.layouts import RecordIsNewer, RowFormat
from strongroom.storage.ports import Sealer
from strongroom.storage.session import Row, Session
from strongroom.storage.system import FEED_HEAD


class RowProblem(Enum):
    """How a row can be wrong."""

    DOES_NOT_OPEN = "a row does not open: it was edited, swapped or copied, or its key is missing"
    IS_NEWER = "a row was written by a newer server, and was not checked"
    NOT_CURRENT = "a row is not at its newest revision: it was rolled back"
    NOT_IN_FEED = "a row was put there by something other than the server"
    MISSING = "a row was removed by something other than the server"
    CUT = "the change feed ends before its anchor, or holds another row there: the database was put back to an earlier state"


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem, and where: a record's place or a sequence number of the feed."""

    problem: RowProblem | FeedProblem
    where: Place | int

    def __str__(self) -> str:
        where = f"sequence number {self.where}" if isinstance(self.where, int) else f"{self.where[0]} {'/'.join(map(str, self.where[1]))}"
        return f"{self.problem.value} ({where})"


@dataclass(slots=True)
class Report:
    """What was checked and found. `head` is the feed's newest sequence number and MAC: the next anchor."""

    rows: int = 0
    feed_rows: int = 0
    head: tuple[int, bytes] = (0, b"")
    findings: list[Finding] = field(default_factory=list)


def feed_anchor(database: Maintained) -> tuple[int, bytes]:
    """Return the feed's newest sequence number and MAC, to be kept outside the database."""
    return head_of(database.engine.run(FEED_HEAD, ()))


def verify(database: Maintained, anchor: tuple[int, bytes] | None = None) -> Report:
    """Check every row of every table and the whole feed, as of one moment. Takes seconds for each hundred thousand rows."""
    report = Report()
    with database.snapshot() as session:
        newest = _check_feed(session, database.engine.sealer, anchor, report)
        for form in database.engine.formats.values():
            for row in session.stream(form.statements.select):
                _check_row(form, row, newest, report)
    removed = [place for place, revision in newest.items() if revision]
    report.findings += [Finding(RowProblem.MISSING, place) for place in removed]
    return report


def _check_feed(session: Session, sealer: Sealer, anchor: tuple[int, bytes] | None, report: Report) -> dict[Place, int]:
    """Return place -> newest revision."""
    walk = FeedWalk(sealer, read_checkpoint(session))
    newest: dict[Place, int] = {}
    anchored = anchor is None or anchor[0] <= walk.checkpoint.horizon
    for row in feed_rows(session, MAX_INTEGER):
        walk.step(row)
        newest[row.place] = row.revision
        if anchor is not None and row.sequence == anchor[0] and not anchored:
            anchored = hmac.compare_digest(row.mac, anchor[1])
    walk.finish()
    report.feed_rows, report.head = walk.rows, (walk.sequence, walk.mac)
    report.findings += [Finding(problem, sequence) for problem, sequence in walk.problems]
    if anchor is not None and not anchored:
        report.findings.append(Finding(RowProblem.CUT, anchor[0]))
    return newest


def _check_row(form: RowFormat, row: Row, newest: dict[Place, int], report: Report) -> None:
    report.rows += 1
    place = (form.table.name, tuple(row[: len(form.table.key)]))
    revision = newest.pop(place, 0)
    if revision != row[-3]:
        report.findings.append(Finding(RowProblem.NOT_CURRENT if revision else RowProblem.NOT_IN_FEED, place))
    try:
        form.entry_of(row)
    except RecordDoesNotOpen:
        report.findings.append(Finding(RowProblem.DOES_NOT_OPEN, place))
    except RecordIsNewer:
        report.findings.append(Finding(RowProblem.IS_NEWER, place))
