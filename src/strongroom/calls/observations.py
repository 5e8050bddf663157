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
MOST_PENDING = 100_000  # beyond this the oldest facts are dropped: they are hints, and memory is bounded


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
    """Collects one worker's observations and writes them every FLUSH_SECONDS from a thread of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pending: dict[tuple[str, tuple[str, ...]], Observation] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="observations", daemon=True)

    def observe(self, observation: Observation) -> None:
        """Remember the fact if it is the newest. Cheap; called on the hot path, in any thread."""
        pending = self._pending
        if len(pending) < MOST_PENDING or (observation.kind, observation.key) in pending:
            pending[observation.kind, observation.key] = observation

    def start(self) -> None:
        """Start flushing; after the fork."""
        self._thread.start()

    def stop(self) -> None:
        """Flush once more and end the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self.flush()

    def flush(self) -> None:
        """Write what is pending. If that fails (a conflict, an unreachable database), the facts wait for the next flush."""
        pending, self._pending = self._pending, {}
        if not pending:
            return
        try:
            self._write(pending)
        except (Conflict, ApiError, OperatorError):
            for name, observation in pending.items():
                self._pending.setdefault(name, observation)

    def _write(self, pending: Mapping[tuple[str, tuple[str, ...]], Observation]) -> None:
        unit = self._database.begin(inline=False)
        for (kind, key), observation in pending.items():
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
