"""Brings old rows up to date: into the present layout (so that new index columns are filled) and under the newest domain key."""

import logging
from collections.abc import Sequence
from concurrent.futures import Future

from strongroom.core.control import Conflict
from strongroom.core.errors import OperatorError
from strongroom.storage.database import Maintained
from strongroom.storage.layouts import RowFormat
from strongroom.storage.queries import make_query, search_sql
from strongroom.storage.session import Row
from strongroom.storage.table import Key

# Most rows are up to date, so many may be looked at to find a few that are not.
LOOKED_AT_FOR_EACH = 10


class Resealer:
    """Goes through all tables in key order, a few rows in each call, and starts again at the end. Runs under a lease."""

    def __init__(self, database: Maintained) -> None:
        self._database = database
        self._forms = list(database.engine.formats.values())
        self._table = 0
        self._after: Key | None = None
        self._log = logging.getLogger(__name__)

    def reseal_some(self, limit: int) -> int:
        """Re-seal up to `limit` rows and return how many were; looks at LOOKED_AT_FOR_EACH times as many. Raises ServiceUnavailable.

        A row that does not open is left as it is and logged; `verify` reports it too.
        """
        done = 0
        looked_at = 0
        while self._forms and done < limit and looked_at < limit * LOOKED_AT_FOR_EACH:
            form = self._forms[self._table]
            rows = self._next(form, limit)
            looked_at += max(len(rows), 1)
            done += self._reseal(form, [row for row in rows if not form.is_current(row)])
            if len(rows) == limit:
                self._after = _key(form, rows[-1])
                continue
            self._after = None
            self._table = (self._table + 1) % len(self._forms)
            if self._table == 0:
                break
        return done

    def _next(self, form: RowFormat, limit: int) -> list[Row]:
        engine = self._database.engine
        found = search_sql(form.table, form.statements.select, make_query(form.table, (), None, self._after, limit), engine.dialect)
        return engine.run(*found) if found else []

    def _reseal(self, form: RowFormat, rows: Sequence[Row]) -> int:
        futures: list[Future[None]] = []
        for row in rows:
            unit = self._database.begin(inline=False)
            try:
                record = unit.get(form.table, *_key(form, row))
            except OperatorError as error:
                self._log.error("not re-sealed: %s", error)
                continue
            if record is not None:
                unit.replace(form.table, record)
                futures.append(self._database.commit(unit))
        return sum(_took(future) for future in futures)


def _key(form: RowFormat, row: Row) -> Key:
    return tuple(row[: len(form.table.key)])


def _took(future: Future[None]) -> bool:
    try:
        future.result()
    except Conflict:
        return False  # somebody else has just written the record, and so brought it up to date
    return True
