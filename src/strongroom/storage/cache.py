"""Records that this process has read, kept until another commit changes them. Bounded by bytes; holds absences too."""

from collections.abc import Iterable, Sequence
from threading import Lock

from strongroom.storage.entry import Entry, Place

# Invalidations that are remembered one by one, so that a slower read's fill can be refused; beyond it all pending fills are.
REMEMBERED_INVALIDATIONS = 10_000


class Cache:
    """Two generations of entries: a hit in the old one moves it to the young one, and a full young one becomes the old one.

    That is close to least-recently-used, and a hit costs one dictionary look-up without a lock. Every change of the
    cache is made under the lock. `position` is the feed's last sequence number that has been applied.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._half = limit_bytes // 2
        self._young: dict[Place, Entry] = {}
        self._old: dict[Place, Entry] = {}
        self._young_bytes = 0
        self._old_bytes = 0
        self.fills = 0
        self._lock = Lock()
        self._invalidated: dict[Place, int] = {}
        self._floor = 0
        self.moment = 0
        self.position = 0

    def get(self, place: Place) -> Entry | None:
        """Return the entry at `place`, or None if the database has to be asked."""
        entry = self._young.get(place)
        return entry if entry is not None else self._promoted(place)

    def fill(self, place: Place, entry: Entry, since: int) -> None:
        """Keep what was read, unless `place` was invalidated after `since`, the cache's `moment` before that read began."""
        with self._lock:
            self.fills += 1
            if since >= self._floor and self._invalidated.get(place, 0) <= since:
                self._put(place, entry)

    def follow(self, changes: Sequence[tuple[int, Place]]) -> None:
        """Apply rows of the feed in order. A gap in the numbers means that rows were compacted away: everything is dropped."""
        with self._lock:
            for sequence, place in changes:
                if sequence <= self.position:
                    continue
                if sequence != self.position + 1:
                    self._clear()
                self._drop(place)
                self.position = sequence

    def committed(self, changes: Iterable[tuple[int, Place, Entry]]) -> None:
        """Apply this process's own commit.

        What a follower of the feed has applied already may be older than the database by now. What does not come next
        after `position` is left to the follower, who started over meanwhile and has not seen what lies between.
        """
        with self._lock:
            for sequence, place, entry in changes:
                if sequence > self.position:
                    self._drop(place)
                if sequence == self.position + 1:
                    self._put(place, entry)
                    self.position = sequence

    def forget(self, places: Iterable[Place]) -> None:
        """Drop entries, so that the next read asks the database."""
        with self._lock:
            for place in places:
                self._drop(place)

    def restart(self, position: int) -> None:
        """Drop everything and continue from a position of the feed; what is followed twice only drops more."""
        with self._lock:
            self._clear()
            self.position = position

    @property
    def size(self) -> int:
        """Return the bytes held, estimated; never above the limit."""
        return self._young_bytes + self._old_bytes

    def _promoted(self, place: Place) -> Entry | None:
        if place not in self._old:
            return None
        with self._lock:
            entry = self._old.pop(place, None)
            if entry is not None:
                self._old_bytes -= entry.size
                self._put(place, entry)
        return entry

    def _put(self, place: Place, entry: Entry) -> None:
        if entry.size > self._half:
            return
        if self._young_bytes + entry.size > self._half:
            self._old, self._old_bytes = self._young, self._young_bytes
            self._young, self._young_bytes = {}, 0
        if (replaced := self._young.get(place)) is not None:
            self._young_bytes -= replaced.size
        self._young[place] = entry
        self._young_bytes += entry.size

    def _drop(self, place: Place) -> None:
        self.moment += 1
        if len(self._invalidated) >= REMEMBERED_INVALIDATIONS:
            self._invalidated.clear()
            self._floor = self.moment
        self._invalidated[place] = self.moment
        if (dropped := self._young.pop(place, None)) is not None:
            self._young_bytes -= dropped.size
        if (dropped := self._old.pop(place, None)) is not None:
            self._old_bytes -= dropped.size

    def _clear(self) -> None:
        self.moment += 1
        self._floor = self.moment
        self._young, self._old, self._young_bytes, self._old_bytes = {}, {}, 0, 0
        self._invalidated.clear()
