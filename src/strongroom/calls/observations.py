"""Last-used facts: newest wins, kept per worker and flushed in batches, so that a hot read never becomes a durable write."""

import threading
from collections.abc import Mapping

import msgspec

from strongroom.calls.call import Observation
from strongroom.core.control import Conflict
from strongroom.core.errors import ApiError, OperatorError
from strongroom.identity.principal import Principal
from strongroom.policy.decision import PrincipalType
from strongroom.storage.ports import Database, Store
from strongroom.storage.table import table

FLUSH_SECONDS = 1.0
MOST_PENDING = 100_000  # beyond this new facts are dropped: they are hints, and memory is bounded
MOST_FLUSHED = 1_000  # facts in one flush, so that reading a great many things does not turn into as many writes
MOST_REMEMBERED = 100_000  # facts known to be stored already
Place = tuple[str, tuple[str, ...]]


ACCESS_KEY = "access-key"  # a long-lived access key was used; the key is (access key id,), the detail "service region"
ROLE = "role"  # a session of a role was used; the key is (role id,), the detail "service region"


def credential_use(principal: Principal, service: str, region: str, now: float) -> Observation | None:
    """Return what a request shows about its credentials; session keys themselves leave no trace."""
    detail = f"{service} {region}"
    if principal.facts.type is PrincipalType.ASSUMED_ROLE and principal.facts.unique_id is not None:
        return Observation(ROLE, (principal.facts.unique_id,), now, detail)
    if principal.access_key_id and principal.session is None:
        return Observation(ACCESS_KEY, (principal.access_key_id,), now, detail)
    return None


class ObservationRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The newest observation of one thing."""

    kind: str
    name: str
    time: float
    detail: str


OBSERVATIONS = table("observations", ObservationRecord, key=("kind", "name"))
SEPARATOR = "\x1f"


def latest(store: Store, kind: str, key: tuple[str, ...]) -> Observation | None:
    """Return the newest flushed observation of the thing that `key` names inside `kind`, or None if it was never used."""
    record = store.get(OBSERVATIONS, kind, SEPARATOR.join(key))
    return Observation(kind, key, record.time, record.detail) if record else None


class Observer:
    """Collects one worker's observations and writes them every FLUSH_SECONDS from a thread of its own.

    A fact that was written once, such as the day of the last read, is not written again.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pending: dict[Place, Observation] = {}
        self._stored: dict[Place, Observation] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="observations", daemon=True)

    def observe(self, observation: Observation) -> None:
        """Remember the fact if it is the newest. Cheap; called on the hot path, in any thread."""
        place = (observation.kind, observation.key)
        if self._stored.get(place) != observation and (len(self._pending) < MOST_PENDING or place in self._pending):
            self._pending[place] = observation

    def start(self) -> None:
        """Start flushing; after the fork."""
        self._thread.start()

    def stop(self) -> None:
        """Flush once more and end the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        while self._pending and self.flush():
            pass

    def flush(self) -> bool:
        """Write what has waited longest, and return whether that went well. If not (a conflict, an outage), it waits for the next flush."""
        pending = self._pending
        taken = {place: pending.pop(place) for place in list(pending)[:MOST_FLUSHED]}  # other threads add to it meanwhile
        try:
            self._write(taken)
        except (Conflict, ApiError, OperatorError):
            for place, observation in taken.items():
                pending.setdefault(place, observation)
            return False
        if len(self._stored) + len(taken) > MOST_REMEMBERED:
            self._stored.clear()
        self._stored.update(taken)
        return True

    def _write(self, taken: Mapping[Place, Observation]) -> None:
        unit = self._database.begin(inline=False)
        for (kind, key), observation in taken.items():
            name = SEPARATOR.join(key)
            stored = unit.get(OBSERVATIONS, kind, name)
            record = ObservationRecord(kind=kind, name=name, time=observation.time, detail=observation.detail)
            if stored is None:
                unit.insert(OBSERVATIONS, record)
            elif stored.time < observation.time:
                unit.replace(OBSERVATIONS, record)
        if unit.has_writes():
            self._database.commit(unit).result()

    def _run(self) -> None:
        while not self._stopping.wait(FLUSH_SECONDS):
            self.flush()
