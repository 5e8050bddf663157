"""Upgrades while the installation serves: which layout is written, so that every node that is alive can read it.

A newer server adds its tables, columns and indexes when it starts (expand), and goes on writing rows of the layout that the oldest
live node understands. Every process says what it understands in a row of its own, and says again every BEAT_SECONDS that it is there.
Once all understand a newer layout, it is written instead, and servers that do not understand it are refused (contract); old rows
are brought up to date (backfill), and only then do searches rely on the new columns: the table is settled.

`generation` counts these steps. A unit of work is sealed for one generation, and conflicts if another has begun by its commit.
"""

from collections.abc import Iterable, Mapping
from secrets import token_hex
from time import monotonic

import msgspec

from strongroom.core.errors import OperatorError
from strongroom.storage.dialect import Dialect
from strongroom.storage.session import Row, Session
from strongroom.storage.system import META, META_PUT

GENERATION, WRITTEN, SETTLED = "generation", "written", "settled"
BEAT_SECONDS = 10.0
# A process that has said nothing for this long is gone. If it comes back, it can't commit what others could not read.
GONE_SECONDS = 60.0
GENERATION_GET = ("SELECT value FROM system_meta WHERE name = ?", (GENERATION,))
_LAYOUTS = msgspec.json.Decoder(dict[str, int])


class DatabaseIsNewer(OperatorError):
    """The installation has been upgraded beyond this server, which could not read what the others write."""

    def __init__(self, table: str) -> None:
        super().__init__(f"a newer server has upgraded table {table} of this database: install that version here too")


class Rollout:
    """Where the installation stands, as this process last saw it.

    Args:
        current: table name -> number of the layout that this server's declaration has.

    Attributes:
        written: table name -> number of the layout in which rows are written.
        settled: names of the tables whose rows are all of the current layout.
    """

    def __init__(self, current: Mapping[str, int], dialect: Dialect) -> None:
        self.current = dict(current)
        self.written = dict(current)
        self.settled = set(current)
        self.generation = 0
        self._node_id = token_hex(16)
        self._beaten = 0.0
        self._clock = f"SELECT {dialect.now_ms}"
        self._put = (
            f"INSERT INTO system_nodes (node_id, layouts, seen_ms) VALUES (?, ?, {dialect.now_ms}) "  # noqa: S608 - a constant
            "ON CONFLICT (node_id) DO UPDATE SET layouts = excluded.layouts, seen_ms = excluded.seen_ms"
        )

    def join(self, session: Session, only_layout: Iterable[str]) -> None:
        """Begin to count as a live node, in an expanded database under the writer lock. Raises DatabaseIsNewer.

        `only_layout` names the tables that have never had another layout than the current one.
        """
        known = {name for name, _ in session.rows(META)}
        new = [name for name in self.current if f"{WRITTEN}:{name}" not in known]
        rows = [(f"{WRITTEN}:{name}", str(self.current[name])) for name in new]
        rows += [(f"{SETTLED}:{name}", str(self.current[name])) for name in set(new).intersection(only_layout)]
        session.write([(META_PUT, rows)] if rows else [])
        self.beat(session)
        self.learn(session)

    def leave(self, session: Session) -> None:
        """Stop counting as a live node."""
        session.write([("DELETE FROM system_nodes WHERE node_id = ?", [(self._node_id,)])])

    def is_beat_due(self) -> bool:
        """Return whether it is time for `beat`."""
        return monotonic() - self._beaten >= BEAT_SECONDS

    def beat(self, session: Session) -> bool:
        """Say that this process is alive, and take the steps that all live ones are ready for. Under the writer lock.

        Returns whether a step was taken. This process learns of it like all others, once it is committed: by `learn` or `follow`.
        """
        self._beaten = monotonic()
        session.write([(self._put, [(self._node_id, msgspec.json.encode(self.current).decode())])])
        horizon = session.rows(self._clock)[0][0] - int(GONE_SECONDS * 1000)
        session.write([("DELETE FROM system_nodes WHERE seen_ms < ?", [(horizon,)])])
        nodes = [_LAYOUTS.decode(layouts) for (layouts,) in session.rows("SELECT layouts FROM system_nodes")]
        self.learn(session)
        advanced = {}
        for table, written in self.written.items():
            understood = min(node[table] for node in nodes if table in node)
            if understood > written:
                advanced[f"{WRITTEN}:{table}"] = understood
        self._step(session, advanced)
        return bool(advanced)

    def learn(self, session: Session) -> None:
        """Learn what was committed before this transaction. Raises DatabaseIsNewer."""
        known: dict[str, str] = dict(session.rows(META))
        written = {name: int(known.get(f"{WRITTEN}:{name}", number)) for name, number in self.current.items()}
        for table, number in written.items():
            if number > self.current[table]:
                raise DatabaseIsNewer(table)
        self.written = written
        self.settled = {name for name, number in self.current.items() if known.get(f"{SETTLED}:{name}") == str(number)}
        self.generation = int(known.get(GENERATION, "0"))

    def follow(self, session: Session, generation: list[Row]) -> None:
        """Learn of steps that were taken meanwhile; `generation` is what GENERATION_GET found. Raises DatabaseIsNewer."""
        if generation and int(generation[0][0]) != self.generation:
            self.learn(session)

    def unsettled(self) -> list[str]:
        """Return the tables with rows to bring up to date: nobody adds old ones any more."""
        return [name for name in self.current if name not in self.settled and self.written[name] == self.current[name]]

    def settle(self, session: Session, table: str, generation: int) -> None:
        """Note that every row of a table was seen in its current layout, in a look that began in `generation`."""
        self.learn(session)
        if generation == self.generation:
            self._step(session, {f"{SETTLED}:{table}": self.current[table]})

    def _step(self, session: Session, changes: Mapping[str, int]) -> None:
        if changes:
            rows = [(name, str(value)) for name, value in changes.items()]
            session.write([(META_PUT, [*rows, (GENERATION, str(self.generation + 1))])])
