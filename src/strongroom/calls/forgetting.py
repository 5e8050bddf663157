"""Last-used facts of what is gone are removed. Their names never come back, so nobody would ask for them again.

Facts are flushed after the calls that they tell of, also after the thing was deleted: so a job looks for them.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from strongroom.calls.jobs import Job, JobContext
from strongroom.calls.observations import ACCESS_KEY, OBSERVATIONS, ROLE, SEPARATOR, ObservationRecord
from strongroom.identity.tables import ACCESS_KEYS, UNIQUE_IDS
from strongroom.storage.ports import Store
from strongroom.storage.table import Key

EVERY = 300.0  # seconds
PAGE = 500
MOST_PAGES = 20  # looked at in one run; the next one goes on from there

Exists = Callable[[Store, tuple[str, ...]], bool]
EXISTS: Mapping[str, Exists] = {
    ACCESS_KEY: lambda store, key: store.get(ACCESS_KEYS, *key) is not None,
    ROLE: lambda store, key: store.get(UNIQUE_IDS, *key) is not None,
}


class Forgetting:
    """Walks along all facts, a part in each run. `exists` tells for each kind whether the thing that a key names is still there."""

    def __init__(self, exists: Mapping[str, Exists]) -> None:
        self._exists = {**EXISTS, **exists}
        self._after: Key | None = None

    def run(self, context: JobContext) -> None:
        """Look at the next facts and remove those whose thing is gone."""
        for _ in range(MOST_PAGES):
            store = context.read()
            page = store.scan(OBSERVATIONS, after=self._after, limit=PAGE)
            gone = [fact for fact in page if self._is_gone(store, fact)]
            if gone:
                context.tidy(partial(self._remove, gone))
            self._after = OBSERVATIONS.position_of(page[-1]) if len(page) == PAGE else None
            if self._after is None:
                return

    def _is_gone(self, store: Store, fact: ObservationRecord) -> bool:
        exists = self._exists.get(fact.kind)
        return exists is not None and not exists(store, tuple(fact.name.split(SEPARATOR)))

    def _remove(self, gone: Sequence[ObservationRecord], store: Store) -> bool:
        removed = False
        for fact in gone:
            key = OBSERVATIONS.key_of(fact)
            if store.get(OBSERVATIONS, *key) is not None and self._is_gone(store, fact):
                store.delete(OBSERVATIONS, *key)
                removed = True
        return removed


def forgetting_job(exists: Mapping[str, Exists]) -> Job:
    """Return the job; `exists` is that of the service rooms' own kinds."""
    return Job("forget last uses", EVERY, Forgetting(exists).run)
