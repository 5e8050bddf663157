"""The root key in a file: the seal that `strongroom init` sets up by default."""

import base64
import binascii
from pathlib import Path

from strongroom.core.errors import OperatorError
from strongroom.core.secret import SecretBytes
from strongroom.crypto.kdf import KEY_BYTES
from strongroom.crypto.private_files import create_private_file, read_private_file
from strongroom.crypto.random import random_bytes
from strongroom.crypto.seals import RootKeySeal

HEAD = b"strongroom root key 1\n"
WHAT = "root key file"


def create_key_file(path: Path) -> None:
    """Write a new random root key to `path`, mode 0600. Raises OperatorError if the file exists or can't be written."""
    create_private_file(path, HEAD + base64.b64encode(random_bytes(KEY_BYTES)) + b"\n", WHAT)


class KeyFileSeal(RootKeySeal):
    """Wraps with the root key of a file made by `create_key_file`."""

    def __init__(self, path: Path) -> None:
        """Read the file. Raises OperatorError if it is absent, damaged, or readable by anyone but its owner."""
        super().__init__(_parse(read_private_file(path, WHAT), path), f"{WHAT} {path}")


def _parse(data: bytes, path: Path) -> SecretBytes:
    damaged = OperatorError(f"{WHAT} {path} is damaged: restore it from its backup")
    if not data.startswith(HEAD):
        raise damaged
    try:
        key = base64.b64decode(data[len(HEAD) :].strip(), validate=True)
    except binascii.Error:
        raise damaged from None
    if len(key) != KEY_BYTES:
        raise damaged
    return SecretBytes(key)
