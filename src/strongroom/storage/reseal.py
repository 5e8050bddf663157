"""Brings old rows up to date: into the present layout (so that new index columns are filled) and under the newest domain key."""

import logging
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from time import monotonic

from strongroom.core.control import Conflict
from strongroom.core.errors import OperatorError
from strongroom.storage.database import Maintained
from strongroom.storage.expand import drop_indexes
from strongroom.storage.layouts import RowFormat
from strongroom.storage.queries import make_query, search_sql
from strongroom.storage.session import Row, Session
from strongroom.storage.table import Key

# Most rows are up to date, so many may be looked at to find a few that are not.
LOOKED_AT_FOR_EACH = 10
ROWS_AT_A_TIME = 200
_log = logging.getLogger(__name__)


class Resealer:
    """Goes through all tables in key order, a few rows in each call, and starts again at the end. Runs under a lease."""

    def __init__(self, database: Maintained) -> None:
        self._database = database
        self._forms = list(database.engine.formats.values())
        self._table = 0
        self._after: Key | None = None

    def reseal_some(self, limit: int) -> int:
        """Re-seal up to `limit` rows and return how many were; looks at LOOKED_AT_FOR_EACH times as many. Raises ServiceUnavailable.

        A row that does not open is left as it is and logged; `verify` reports it too.
        """
        done = 0
        looked_at = 0
        while self._forms and done < limit and looked_at < limit * LOOKED_AT_FOR_EACH:
            form = self._forms[self._table]
            rows = _next(self._database, form, self._after, limit)
            looked_at += max(len(rows), 1)
            done += _reseal(self._database, form, [row for row in rows if not form.is_current(row)])[0]
            if len(rows) == limit:
                self._after = _key(form, rows[-1])
                continue
            self._after = None
            self._table = (self._table + 1) % len(self._forms)
            if self._table == 0:
                break
        return done


class Backfill:
    """Brings the rows of tables up to date that all servers write in their newest layout, and settles them. Runs under a lease."""

    def __init__(self, database: Maintained) -> None:
        self._database = database
        self._name = ""
        self._generation = 0
        self._after: Key | None = None
        self._left = 0

    def is_wanted(self) -> bool:
        """Return whether there are such tables."""
        return bool(self._database.engine.rollout.unsettled())

    def run(self, seconds: float) -> None:
        """Work for about so long, and go on from there the next time. Raises ServiceUnavailable.

        A row that does not open is left as it is: nobody can read it, whatever its layout.
        """
        deadline = monotonic() + seconds
        while (names := self._database.engine.rollout.unsettled()) and monotonic() < deadline:
            self._step(self._name if self._name in names else names[0])

    def _step(self, name: str) -> None:
        engine = self._database.engine
        form = engine.formats[name]
        if self._after is None or name != self._name:
            self._name, self._after, self._left, self._generation = name, None, 0, engine.rollout.generation
        rows = _next(self._database, form, self._after, ROWS_AT_A_TIME)
        older = [row for row in rows if row[-2] != form.current]
        self._left += _reseal(self._database, form, older)[1]
        if len(rows) == ROWS_AT_A_TIME:
            self._after = _key(form, rows[-1])
            return
        self._after = None
        if not self._left:
            engine.writer.call(partial(self._settle, form))
            engine.writer.call(engine.rollout.learn)

    def _settle(self, form: RowFormat, session: Session) -> None:
        engine = self._database.engine
        engine.rollout.settle(session, form.table.name, self._generation)
        drop_indexes(session, form.table, engine.dialect)


def _next(database: Maintained, form: RowFormat, after: Key | None, limit: int) -> list[Row]:
    engine = database.engine
    found = search_sql(form.table, form.statements.select, make_query(form.table, (), None, after, limit), engine.dialect)
    return engine.run(*found) if found else []


def _reseal(database: Maintained, form: RowFormat, rows: Sequence[Row]) -> tuple[int, int]:
    """Write rows anew; return how many were, and of how many it is not known, since somebody else changed them at the same time."""
    futures: list[Future[None]] = []
    for row in rows:
        unit = database.begin(inline=False)
        try:
            record = unit.get(form.table, *_key(form, row))
        except OperatorError as error:
            _log.error("not re-sealed: %s", error)
            continue
        if record is not None:
            unit.replace(form.table, record)
            futures.append(database.commit(unit))
    done = sum(map(_took, futures))
    return done, len(futures) - done


def _key(form: RowFormat, row: Row) -> Key:
    return tuple(row[: len(form.table.key)])


def _took(future: Future[None]) -> bool:
    try:
        future.result()
    except Conflict:
        return False  # somebody else has just written the record, and so brought it up to date
    return True
