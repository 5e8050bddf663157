"""What a seed file says: keys, secrets and parameters that a throw-away server starts with. TOML, or JSON by its suffix."""

import base64
import binascii
from pathlib import Path
from typing import Annotated, Any

import msgspec

from strongroom.core.errors import OperatorError
from strongroom.core.secret import SecretBytes

AccountId = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{12}$")]
Region = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]+$")]


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every entry may say; without it, it is in the server's own account and Region."""

    account_id: AccountId | None = None
    region: Region | None = None
    description: str | None = None
    tags: dict[str, str] = {}


class SeedKey(_Entry, frozen=True, kw_only=True):
    """A KMS key.

    Attributes:
        material: base64 of an AES or HMAC key's bytes, or the private key of an RSA or elliptic-curve key as PEM or base64 of its
            PKCS#8 DER; random if absent.
        policy: as JSON text, or as a table.
        replicas: Regions of replicas, for a key whose id begins with mrk-.
    """

    id: str
    spec: str = "SYMMETRIC_DEFAULT"
    usage: str | None = None
    material: str | None = None
    policy: str | dict[str, Any] | None = None
    aliases: tuple[str, ...] = ()
    replicas: tuple[Region, ...] = ()


class SeedSecret(_Entry, frozen=True, kw_only=True):
    """A secret: its value as text, or as base64 of bytes in `binary`."""

    name: str
    value: str | None = None
    binary: str | None = None
    kms_key_id: str | None = None


class SeedParameter(_Entry, frozen=True, kw_only=True):
    """A parameter of Parameter Store."""

    name: str
    value: str
    type: str = "String"
    key_id: str | None = None


class Seed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole file. `path` is for error texts."""

    path: str = ""
    keys: tuple[SeedKey, ...] = ()
    secrets: tuple[SeedSecret, ...] = ()
    parameters: tuple[SeedParameter, ...] = ()


def read_seed(path: Path) -> Seed:
    """Return what the file says. Raises OperatorError with the place of the first mistake."""
    decode = msgspec.json.decode if path.suffix == ".json" else msgspec.toml.decode
    try:
        found = decode(path.read_bytes(), type=Seed)
    except OSError as error:
        raise OperatorError(f"{path}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise OperatorError(f"{path}: {error}") from error
    return msgspec.structs.replace(found, path=str(path))


def material_bytes(text: str) -> SecretBytes:
    """Return key material written as base64 or PEM. Raises ValueError."""
    lines = [line.strip() for line in text.splitlines() if not line.startswith("-----")]
    try:
        return SecretBytes(base64.b64decode("".join(lines), validate=True))
    except binascii.Error:
        raise ValueError("the material is neither base64 nor PEM") from None
