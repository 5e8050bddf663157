"""The directories of a node's workers: audit/<worker id>/, held by a lock for as long as the worker lives."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from strongroom.audit.anchors import FILE, keep_anchors
from strongroom.audit.segments import SUFFIX
from strongroom.core.errors import OperatorError

LOCK = "lock"
DIRECTORY_MODE = 0o700
FILE_MODE = 0o600


def occupy(directory: Path) -> int:
    """Create a worker's directory and lock it until the process ends. Returns the lock's descriptor."""
    directory.parent.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    with _all_workers_locked(directory.parent):
        directory.mkdir(mode=DIRECTORY_MODE, exist_ok=True)
        descriptor = _try_lock(directory)
    if descriptor is None:
        raise OperatorError(f"{directory} belongs to another running worker")
    return descriptor


def abandoned_segments(audit_directory: Path) -> list[Path]:
    """Return the segment files that dead workers have left, oldest first."""
    return [path for directory in _directories(audit_directory) for path in segment_files(directory) if not _is_alive(directory)]


def remove_finished(audit_directory: Path) -> None:
    """Remove the directories of dead workers whose segments are all in the store. Their anchors are kept in audit/anchors."""
    with _all_workers_locked(audit_directory):
        for directory in _directories(audit_directory):
            if not segment_files(directory) and not _is_alive(directory):
                keep_anchors(audit_directory, directory)
                for name in (FILE, f"{FILE}.new", LOCK):
                    (directory / name).unlink(missing_ok=True)
                directory.rmdir()


def segment_files(directory: Path) -> list[Path]:
    """Return a worker's segment files in order of writing."""
    return sorted(directory.glob(f"*{SUFFIX}"))


def _directories(audit_directory: Path) -> list[Path]:
    return sorted(path for path in audit_directory.iterdir() if path.is_dir())


def _is_alive(directory: Path) -> bool:
    descriptor = _try_lock(directory)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


@contextmanager
def _all_workers_locked(audit_directory: Path) -> Iterator[None]:
    """Keep other workers of this node from starting, or from tidying up, meanwhile."""
    descriptor = os.open(audit_directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _try_lock(directory: Path) -> int | None:
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
