"""A worker's audit trail on a store in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.unit.audit.memory_audit import MemoryAuditStore, facts
from tests.unit.crypto.memory_keys import new_ring

from strongroom.audit.chain import WriterChain
from strongroom.audit.report import AuditReport
from strongroom.audit.trail import AuditTrail
from strongroom.audit.verify import verify
from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.storage.ports import JournalRow


@dataclass
class Bench:
    """A ring, a store and a directory, and whatever workers a test starts on them. Time stands still unless a test moves it."""

    directory: Path
    ring: DomainKeyRing = field(default_factory=new_ring)
    store: MemoryAuditStore = field(default_factory=MemoryAuditStore)
    time: float = 1_700_000_000.0
    trails: list[AuditTrail] = field(default_factory=list)

    def worker(self, name: str, **options: object) -> AuditTrail:
        """Start a worker's trail."""
        trail = AuditTrail(self.directory, name, self.ring, self.store, now=lambda: self.time, **options)  # type: ignore[arg-type]
        trail.open()
        self.trails.append(trail)
        return trail

    def write(self, trail: AuditTrail, *numbers: int, **changes: object) -> None:
        """Append one request's event for each number."""
        for number in numbers:
            durable = trail.append(trail.entries([facts(number, **changes)]))
            if durable is not None:
                durable.result()

    def anchor(self, trail: AuditTrail) -> None:
        """Do what the background thread does every second."""
        trail._keeper.tick()

    def three_segments(self) -> AuditTrail:
        """Have a worker `w` store three segments of two events each, numbered from 0, and return its trail."""
        trail = self.worker("w")
        for first in (0, 2, 4):
            self.write(trail, first, first + 1)
            self.time += 300
            self.anchor(trail)
        assert sorted(self.store.stored) == ["w/00000001", "w/00000002", "w/00000003"]
        return trail

    def journal(self, chain: WriterChain, *numbers: int, **changes: object) -> None:
        """Commit events as a database does."""
        for number in numbers:
            sequence, mac = chain.head()
            [entry] = self.trails[0].entries([facts(number, **changes)])
            mac = chain.link(sequence + 1, mac, entry.body)
            self.store.rows.append(JournalRow(chain.writer_id, sequence + 1, entry, mac))
            chain.committed(sequence + 1, mac)

    def give_up(self, trail: AuditTrail) -> None:
        """Forget a worker's files on a disk that failed, as the end of its process does."""
        trail._keeper._segments._retired.clear()
        trail._keeper._segments._current = None

    def live_file(self, worker: str) -> Path:
        """Return the newest segment file of a worker."""
        return max((self.directory / worker).glob("*.log"))

    def verify(self) -> AuditReport:
        """Verify everything."""
        return verify(self.directory, self.store, self.ring)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """An empty bench; trails that a test left open are closed. Anchors come when a test says so, and by no timer."""
    monkeypatch.setattr("strongroom.audit.keeper.ANCHOR_SECONDS", 3600.0)
    made = Bench(tmp_path / "audit")
    yield made
    made.store.fails = False
    for trail in made.trails:
        trail.close()
