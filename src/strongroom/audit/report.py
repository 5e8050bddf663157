"""What `audit verify` says."""

from dataclasses import dataclass, field
from enum import Enum


class Problem(Enum):
    """The ways in which a chain can be found broken. Each is the work of somebody, or of a failing disk."""

    CHANGED = "changed"  # an entry, its MAC or its plain columns are not what was written
    MISSING = "missing"  # entries inside the chain are gone
    REORDERED = "reordered"  # an entry stands after one that was written later, or stands there twice
    CUT = "cut"  # the chain ends before its anchor
    DAMAGED = "damaged"  # a stored segment or its index can't be read, or does not fit the other


class Remark(Enum):
    """What an honest crash leaves, and what can't be told from here."""

    UNANCHORED = "unanchored"  # entries after the newest anchor: whole, but a cut among them would not show
    TORN = "torn"  # half a line at the end of a file
    UNINDEXED = "unindexed"  # a stored segment that searches don't find: an older server stored it, and it is indexed within minutes
    UNREACHED = "unreached"  # anchored entries that another node has not shipped yet, or that are gone: only that node can tell


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: what, in whose chain, and where exactly."""

    kind: Problem | Remark
    writer_id: str
    detail: str


@dataclass(slots=True)
class AuditReport:
    """The outcome of verifying every chain that the store and this node hold."""

    entries: int = 0
    writers: int = 0
    problems: list[Finding] = field(default_factory=list)
    remarks: list[Finding] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        """Return whether nothing was changed, dropped, moved or cut."""
        return not self.problems
