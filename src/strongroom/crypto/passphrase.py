"""The root key from a passphrase, by scrypt. The file holds the cost and the salt only; without the passphrase it is worthless.

Source: RFC 7914.
"""

from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from strongroom.core.errors import OperatorError
from strongroom.core.secret import SecretBytes
from strongroom.crypto.kdf import KEY_BYTES
from strongroom.crypto.private_files import create_private_file, read_private_file
from strongroom.crypto.random import random_bytes
from strongroom.crypto.seals import RootKeySeal

WHAT = "passphrase parameter file"
SALT_BYTES = 32
MIN_COST, DEFAULT_COST, MAX_COST = 2**14, 2**17, 2**20


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="format", tag="strongroom-scrypt-1"):
    """What the file holds. A cost outside the bounds is refused: it was lowered, or would exhaust memory."""

    salt: bytes
    cost: int = DEFAULT_COST
    block_size: int = 8
    parallelism: int = 1


def create_passphrase_file(path: Path, cost: int = DEFAULT_COST) -> None:
    """Write scrypt parameters with a new salt to `path`. Raises OperatorError if the file exists or can't be written."""
    create_private_file(path, msgspec.json.encode(Parameters(salt=random_bytes(SALT_BYTES), cost=cost)) + b"\n", WHAT)


class PassphraseSeal(RootKeySeal):
    """Wraps with a root key derived from a passphrase; deriving it takes half a second and 128 MiB at the default cost."""

    def __init__(self, path: Path, passphrase: SecretBytes) -> None:
        """Read the parameters and derive the key. Raises OperatorError for an empty passphrase or a bad file.

        A wrong passphrase shows when the first domain key does not unwrap.
        """
        if not len(passphrase):
            raise OperatorError("the passphrase is empty: give the passphrase that the database was made with")
        parameters = _parse(read_private_file(path, WHAT), path)
        kdf = Scrypt(parameters.salt, KEY_BYTES, parameters.cost, parameters.block_size, parameters.parallelism)
        super().__init__(SecretBytes(kdf.derive(passphrase.reveal())), "the passphrase")


def _parse(data: bytes, path: Path) -> Parameters:
    try:
        found = msgspec.json.decode(data, type=Parameters)
    except msgspec.DecodeError:
        raise OperatorError(f"{WHAT} {path} is damaged: restore it from its backup") from None
    in_bounds = MIN_COST <= found.cost <= MAX_COST and found.cost & (found.cost - 1) == 0
    if not in_bounds or (found.block_size, found.parallelism) != (8, 1) or len(found.salt) != SALT_BYTES:
        raise OperatorError(f"{WHAT} {path} holds parameters that Strongroom never writes: restore it from its backup")
    return found
