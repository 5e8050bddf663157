"""The server's own timed work: domain keys are rotated, old rows re-sealed, the change feed compacted and anchored."""

import json
import os
from functools import partial

from strongroom.app.layout import DataDirectory
from strongroom.audit.retention import Retention
from strongroom.calls.jobs import Job, JobContext
from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.storage.compact import compact_feed
from strongroom.storage.database import Maintained
from strongroom.storage.ports import AuditStore
from strongroom.storage.reseal import Backfill, Resealer
from strongroom.storage.verify import feed_anchor

DOMAIN_KEY_SECONDS = 30 * 24 * 3600.0  # AWS rotates its domain keys daily; ours re-seal every row, so monthly
RESEALED_ROWS = 500
BACKFILL = "fill new columns"
BACKFILL_SECONDS = 20.0  # at a time, so that other timed work has its turn
BACKFILL_LEASE_SECONDS = 60.0
MILLISECONDS = 1000


def _rotate(ring: DomainKeyRing, context: JobContext) -> None:
    """Make a new domain key if the active one is old. What follows is left to the re-sealing job."""
    ring.reload()
    if context.now() - ring.active_created_ms / MILLISECONDS >= DOMAIN_KEY_SECONDS:
        ring.rotate(int(context.now() * MILLISECONDS))


def _reseal(resealers: list[Resealer], database: Maintained, _context: JobContext) -> None:
    """Re-seal some rows; the place where it stands is kept between runs."""
    if not resealers:
        resealers.append(Resealer(database))
    resealers[0].reseal_some(RESEALED_ROWS)


def _backfill(backfills: list[Backfill], database: Maintained, context: JobContext) -> None:
    """Bring old rows up to date after an upgrade; the place where it stands is kept between runs. Asks for its lease only then."""
    if not backfills:
        backfills.append(Backfill(database))
    if backfills[0].is_wanted() and context.claim(BACKFILL, BACKFILL_LEASE_SECONDS):
        backfills[0].run(BACKFILL_SECONDS)
        context.release(BACKFILL)


def _compact(database: Maintained, _context: JobContext) -> None:
    compact_feed(database)


def _anchor(database: Maintained, layout: DataDirectory, _context: JobContext) -> None:
    """Write the feed's head beside the database, whole or not at all: it shows if the database is put back to an earlier state."""
    sequence, mac = feed_anchor(database)
    temporary = layout.feed_anchor.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump({"sequence": sequence, "mac": mac.hex()}, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(layout.feed_anchor)


def _look_at_permissions(layout: DataDirectory, _context: JobContext) -> None:
    """Raise what `serve` refuses to start with, for the log, if somebody has opened the directory since."""
    layout.ensure_private()


def read_feed_anchor(layout: DataDirectory) -> tuple[int, bytes] | None:
    """Return what `_anchor` wrote last on this node: (sequence number, MAC)."""
    if not layout.feed_anchor.exists():
        return None
    found = json.loads(layout.feed_anchor.read_text(encoding="ascii"))
    return found["sequence"], bytes.fromhex(found["mac"])


def _remove_old_events(retention: Retention, context: JobContext) -> None:
    retention.run(int(context.now() * MILLISECONDS))


def retention_job(store: AuditStore, ring: DomainKeyRing, days: int) -> Job:
    """Return the job that removes audit events after so many days; 0 keeps them for ever."""
    return Job("remove old audit events", 600.0, partial(_remove_old_events, Retention(store, ring, days)))


def maintenance(database: Maintained, ring: DomainKeyRing, layout: DataDirectory) -> tuple[Job, ...]:
    """Return the jobs that keep the store itself in order."""
    return (
        Job("rotate domain keys", 3600.0, partial(_rotate, ring)),
        Job("re-seal rows", 60.0, partial(_reseal, [], database)),
        Job(BACKFILL, 2.0, partial(_backfill, [], database), on_every_node=True),
        Job("compact the change feed", 3600.0, partial(_compact, database)),
        Job("look whether the data directory is private", 60.0, partial(_look_at_permissions, layout), on_every_node=True),
        Job("anchor the change feed", 10.0, partial(_anchor, database, layout), on_every_node=True),
    )
