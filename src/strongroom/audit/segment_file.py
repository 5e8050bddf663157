"""One append-only file of audit lines, open for writing."""

import errno
import os
import threading
from pathlib import Path

MODE = 0o600


class SegmentFile:
    """Appends whole batches of lines: a batch is in the file entirely, or the file is as it was before.

    Attributes:
        size: bytes written.
        usable: False once a failed write could not be taken back or a sync failed; nothing more is written then.
    """

    def __init__(self, path: Path, opened_at: float) -> None:
        """Create `path`, which must not exist, and make its name durable. Raises OSError."""
        self.path = path
        self.opened_at = opened_at
        self.size = 0
        self.usable = True
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, MODE)
        self._sync_lock = threading.Lock()
        self._synced = 0
        self._lost = False
        _sync_directory(path.parent)

    def write(self, data: bytes) -> None:
        """Append a batch of lines with a single system call. Raises OSError, and the file is as before."""
        try:
            written = os.write(self._descriptor, data)
        except OSError:
            self._take_back()
            raise
        if written != len(data):
            self._take_back()
            raise OSError(errno.ENOSPC, "only a part could be written")
        self.size += written

    def sync(self, size: int) -> None:
        """Return once the first `size` bytes are on the disk; threads that wait together share one fdatasync. Raises OSError."""
        with self._sync_lock:
            if self._synced < size:
                reached = self.size
                self._flush()
                self._synced = reached

    def put_back(self) -> bool:
        """Write the file anew if somebody has removed or replaced it, and return whether that was so. No thread may be writing.

        What was written to a removed file is there as long as it is open, and gone when it is closed. Raises OSError if
        it can't be put back; nothing more is written then.
        """
        if self._is_in_place():
            return False
        fresh = self.path.with_suffix(".new")
        try:
            with open(f"/proc/self/fd/{self._descriptor}", "rb") as source:  # noqa: PTH123 - the file has no other name
                data = source.read()
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, MODE)
            try:
                _write_all(descriptor, data)
                os.fsync(descriptor)
                os.dup2(descriptor, self._descriptor, inheritable=False)
            finally:
                os.close(descriptor)
            fresh.replace(self.path)
            _sync_directory(self.path.parent)
        except OSError:
            self.usable = False
            raise
        return True

    def _is_in_place(self) -> bool:
        mine = os.fstat(self._descriptor)
        try:
            named = self.path.stat()
        except FileNotFoundError:
            return False
        return (named.st_dev, named.st_ino) == (mine.st_dev, mine.st_ino)

    def close(self) -> None:
        """Make everything durable and close the file. Raises OSError; then it may be tried again."""
        self.sync(self.size)
        with self._sync_lock:
            os.close(self._descriptor)

    def _flush(self) -> None:
        # After a failed fdatasync the kernel may have dropped the data, and a second one would succeed all the same.
        if self._lost:
            raise OSError(errno.EIO, "an earlier fdatasync failed")
        try:
            os.fdatasync(self._descriptor)
        except OSError:
            self.usable = False
            self._lost = True
            raise

    def _take_back(self) -> None:
        try:
            os.ftruncate(self._descriptor, self.size)
        except OSError:
            self.usable = False


def _write_all(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
