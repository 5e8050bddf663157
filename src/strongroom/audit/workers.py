"""The directories of a node's workers: audit/<worker id>/, held by a lock for as long as the worker lives."""

import fcntl
import os
from pathlib import Path

from strongroom.audit.segments import SUFFIX
from strongroom.core.errors import OperatorError

LOCK = "lock"
DIRECTORY_MODE = 0o700
FILE_MODE = 0o600


def occupy(directory: Path) -> int:
    """Create a worker's directory and lock it until the process ends. Returns the lock's descriptor."""
    directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    descriptor = _try_lock(directory)
    if descriptor is None:
        raise OperatorError(f"{directory} belongs to another running worker")
    return descriptor


def abandoned_segments(audit_directory: Path) -> list[Path]:
    """Return the segment files that dead workers have left, oldest first."""
    return [path for directory in sorted(audit_directory.iterdir()) for path in segment_files(directory) if not _is_alive(directory)]


def segment_files(directory: Path) -> list[Path]:
    """Return a worker's segment files in order of writing."""
    return sorted(directory.glob(f"*{SUFFIX}"))


def _is_alive(directory: Path) -> bool:
    descriptor = _try_lock(directory)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def _try_lock(directory: Path) -> int | None:
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
