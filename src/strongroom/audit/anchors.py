"""Anchors beside the database: each worker keeps the heads of its chains in a file of its own.

The database holds anchors too. To hide that a chain was cut, both would have to be put back.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from strongroom.storage.ports import Anchor

FILE = "anchors"
MODE = 0o600
_FIELDS = 4


def write_anchors(directory: Path, anchors: Sequence[Anchor]) -> None:
    """Replace the anchors of a worker's directory, durably. Raises OSError."""
    text = "".join(f"{a.writer_id} {a.sequence} {a.mac.hex()} {a.time_ms}\n" for a in anchors)
    fresh = directory / f"{FILE}.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, MODE)
    with open(descriptor, "w", encoding="ascii") as file:  # noqa: PTH123 - Path.open can't take a descriptor
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(directory / FILE)


def keep_anchors(audit_directory: Path, directory: Path) -> None:
    """Append the anchors of a dead worker to the node's own file, durably. Doing it twice does no harm. Raises OSError."""
    source = directory / FILE
    if not source.exists():
        return
    descriptor = os.open(audit_directory / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, MODE)
    with open(descriptor, "ab") as file:  # noqa: PTH123 - Path.open can't take a descriptor
        file.write(source.read_bytes())
        file.flush()
        os.fsync(descriptor)


def read_anchors(audit_directory: Path) -> list[Anchor]:
    """Return the anchors that this node's workers, dead ones too, have left under `audit_directory`."""
    found: list[Anchor] = []
    for path in [audit_directory / FILE, *sorted(audit_directory.glob(f"*/{FILE}"))]:
        if not path.exists():
            continue
        for line in path.read_text("ascii", errors="replace").splitlines():
            found.extend(_parse(line.split(" ")))
    return found


def newest(anchors: Iterable[Anchor]) -> dict[str, Anchor]:
    """Return each writer's anchor with the highest sequence number."""
    best: dict[str, Anchor] = {}
    for anchor in anchors:
        known = best.get(anchor.writer_id)
        if known is None or anchor.sequence > known.sequence:
            best[anchor.writer_id] = anchor
    return best


def _parse(fields: list[str]) -> list[Anchor]:
    if len(fields) != _FIELDS:
        return []
    try:
        return [Anchor(fields[0], int(fields[1]), bytes.fromhex(fields[2]), int(fields[3]))]
    except ValueError:
        return []
