"""Walking along one writer's chain, entry by entry, and noting every break."""

import hmac

from strongroom.audit.chain import WriterChain
from strongroom.audit.report import AuditReport, Finding, Problem, Remark
from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.storage.ports import Anchor, Floor


class ChainWalk:
    """Follows one chain. After a break it goes on from the entry found, so that each break is reported once."""

    def __init__(self, ring: DomainKeyRing, writer_id: str, anchors: list[Anchor], report: AuditReport, floor: Floor | None = None) -> None:
        """Take the anchors of this writer, from wherever they are kept, read before the entries were, and its floor, which is true."""
        self._writer_id = writer_id
        self._chain = WriterChain(ring, writer_id)
        self._anchors = {anchor.sequence: anchor.mac for anchor in anchors}
        self._anchored = max(self._anchors, default=0)
        self._report = report
        self._removed = self._sequence = floor.sequence if floor else 0
        self._mac: bytes | None = floor.mac if floor else b""
        self._broken = False

    def step(self, sequence: int, mac: bytes, body: bytes, where: str) -> None:
        """Check the next entry as found. One that was removed, and has come back from a disk that was away, proves nothing any more."""
        if sequence <= self._removed:
            return
        self._report.entries += 1
        expected = self._sequence + 1
        if sequence < expected:
            self.problem(Problem.REORDERED, f"entry {sequence} follows entry {self._sequence} ({where})")
            self._mac = None
            return
        if sequence > expected:
            self.problem(Problem.MISSING, f"entries {expected} to {sequence - 1} before {where}")
            self._mac = None
        if self._mac is not None and not hmac.compare_digest(self._chain.link(sequence, self._mac, body), mac):
            self.problem(Problem.CHANGED, f"entry {sequence} ({where})")
        elif not hmac.compare_digest(self._anchors.get(sequence, mac), mac):
            self.problem(Problem.CHANGED, f"entry {sequence} is not the one that was anchored ({where})")
        self._sequence, self._mac = sequence, mac

    def finish(self, *, elsewhere: bool = False) -> None:
        """Compare the end of the chain with its anchor. `elsewhere`: another node may hold its last entries."""
        self._report.writers += 1
        if self._sequence < self._anchored and elsewhere:
            self.remark(Remark.UNREACHED, f"entries {self._sequence + 1} to {self._anchored}")
        elif self._sequence < self._anchored:
            self.problem(Problem.CUT, f"entries {self._sequence + 1} to {self._anchored} at the end are gone")
        elif self._sequence > self._anchored:
            self.remark(Remark.UNANCHORED, f"entries {self._anchored + 1} to {self._sequence}")

    def reached(self) -> tuple[int, bytes]:
        """Return the number and MAC of the last entry."""
        return self._sequence, self._mac or b""

    @property
    def is_broken(self) -> bool:
        """Return whether a break was found."""
        return self._broken

    def problem(self, kind: Problem, detail: str) -> None:
        """Note a break in this chain."""
        self._broken = True
        self._report.problems.append(Finding(kind, self._writer_id, detail))

    def remark(self, kind: Remark, detail: str) -> None:
        """Note what an honest crash leaves in this chain."""
        self._report.remarks.append(Finding(kind, self._writer_id, detail))
