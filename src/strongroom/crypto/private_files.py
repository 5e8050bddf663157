"""Files that only the server's own user may read."""

import os
import stat
from pathlib import Path

from strongroom.core.errors import OperatorError

MODE = 0o600
MAX_BYTES = 4096
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def create_private_file(path: Path, data: bytes, what: str) -> None:
    """Create `path` with mode 0600, durably. It is never overwritten.

    Raises:
        OperatorError: the file exists, or can't be written. `what` names it, such as "root key file".
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - Path.open can't take a descriptor
            os.fchmod(descriptor, MODE)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        _sync_directory(path.parent)
    except FileExistsError:
        raise OperatorError(f"{what} {path} exists already and is not overwritten: move it away first if it is not needed") from None
    except OSError as error:
        raise OperatorError(f"{what} {path} can't be written: {error.strerror}") from None


def read_private_file(path: Path, what: str) -> bytes:
    """Return the content of a file that nobody but its owner may read.

    Raises:
        OperatorError: it is absent, unreadable, no regular file, too large, or open to group or others.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise OperatorError(f"{what} {path} is not a regular file")
            if status.st_mode & OTHERS:
                raise OperatorError(f"{what} {path} is open to other users: run `chmod 600 {path}`, and find out who may have read it")
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise OperatorError(f"{what} {path} can't be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise OperatorError(f"{what} {path} is larger than {MAX_BYTES} bytes and so is something else")
    return data


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
