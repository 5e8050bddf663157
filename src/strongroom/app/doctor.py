"""What `strongroom doctor` looks at. Reads only; safe beside a running server."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from strongroom.app.backends import open_database, open_ring
from strongroom.app.layout import DataDirectory
from strongroom.app.maintenance import read_feed_anchor
from strongroom.audit.report import AuditReport
from strongroom.audit.verify import verify as verify_trail
from strongroom.config import Settings
from strongroom.core.errors import ApiError, OperatorError
from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.storage.verify import verify as verify_records

SHOWN_FINDINGS = 20
LEAST_FREE_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; `advice` says what to do where it failed."""

    check: str
    ok: bool
    advice: str = ""


def _check(name: str, work: Callable[[], None]) -> Finding:
    try:
        work()
    except (OperatorError, ApiError, OSError) as error:
        return Finding(name, ok=False, advice=str(error))
    return Finding(name, ok=True)


def _disk(layout: DataDirectory) -> None:
    free = shutil.disk_usage(layout.root).free
    if free < LEAST_FREE_BYTES:
        raise OperatorError(f"only {free // 1024 // 1024} MiB are free below {layout.root}: no space means no audit, and so no answers")


def _database(settings: Settings, layout: DataDirectory, ring: DomainKeyRing) -> None:
    database = open_database(settings, layout, ring, None)
    database.open()
    database.close()


def verify_audit(settings: Settings) -> AuditReport:
    """Return what `audit verify` finds in every chain of the store and of this node. Raises OperatorError."""
    layout = DataDirectory(settings.data_dir)
    layout.ensure_private()
    return _audit_report(settings, layout, open_ring(settings, layout))


def _audit_report(settings: Settings, layout: DataDirectory, ring: DomainKeyRing) -> AuditReport:
    database = open_database(settings, layout, ring, None)
    database.open()
    try:
        return verify_trail(layout.audit, database.audit(), ring, other_nodes=settings.database_url is not None)
    finally:
        database.close()


def _records(settings: Settings, layout: DataDirectory, ring: DomainKeyRing) -> None:
    anchor = read_feed_anchor(layout)
    database = open_database(settings, layout, ring, None)
    database.open()
    try:
        report = verify_records(database, anchor)
    finally:
        database.close()
    if report.findings:
        shown = "; ".join(str(finding) for finding in report.findings[:SHOWN_FINDINGS])
        raise OperatorError(f"{len(report.findings)} problems: {shown}")


def _audit(settings: Settings, layout: DataDirectory, ring: DomainKeyRing) -> None:
    report = _audit_report(settings, layout, ring)
    if not report.intact:
        raise OperatorError("; ".join(f"{found.writer_id}: {found.kind.value}: {found.detail}" for found in report.problems))


def examine(settings: Settings, *, verify: bool) -> Iterator[Finding]:
    """Yield the findings in order; later checks are left out where an earlier one makes them pointless."""
    layout = DataDirectory(settings.data_dir)
    private = _check("data directory is there and private", layout.ensure_private)
    yield private
    if not private.ok:
        return
    yield _check("disk space", lambda: _disk(layout))
    rings: list[DomainKeyRing] = []
    opened = _check("root key opens the domain keys", lambda: rings.append(open_ring(settings, layout)))
    yield opened
    if not opened.ok:
        return
    yield _check("database opens", lambda: _database(settings, layout, rings[0]))
    if verify:
        yield _check("every record opens and is current", lambda: _records(settings, layout, rings[0]))
        yield _check("audit chains are whole", lambda: _audit(settings, layout, rings[0]))
