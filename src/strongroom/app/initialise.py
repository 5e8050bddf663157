"""`strongroom init`: the root key, the first domain key, the account and its root access key."""

import configparser
import io
import os
from dataclasses import dataclass

from strongroom.app.backends import create_root_key, open_database, open_key_store, open_seal
from strongroom.app.clocks import SystemClock
from strongroom.app.layout import DataDirectory
from strongroom.config import Settings
from strongroom.core.errors import OperatorError
from strongroom.core.ids import ACCESS_KEY_ID_LENGTH, secret_access_key, unique_id
from strongroom.core.secret import SecretBytes
from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.crypto.random import random_bytes
from strongroom.identity.bootstrap import create_account


@dataclass(frozen=True, slots=True)
class RootCredentials:
    """The root access key of a new account. The secret is shown once."""

    account_id: str
    access_key_id: str
    secret_access_key: SecretBytes


def _root_credentials(settings: Settings) -> RootCredentials:
    access_key_id, secret = settings.root_access_key_id, settings.root_secret_access_key
    if (access_key_id is None) != (secret is None):
        raise OperatorError("set both STRONGROOM_ROOT_ACCESS_KEY_ID and STRONGROOM_ROOT_SECRET_ACCESS_KEY, or neither")
    if access_key_id is None or secret is None:
        access_key_id = unique_id(random_bytes, "AKIA", ACCESS_KEY_ID_LENGTH)
        secret = secret_access_key(random_bytes)
    return RootCredentials(settings.account_id, access_key_id, SecretBytes(secret.encode()))


def initialise(settings: Settings) -> RootCredentials:
    """Make a new installation in the data directory (and database). Raises OperatorError if there is one already.

    Each step can be repeated, so an `init` that was broken off is simply run again.
    """
    layout = DataDirectory(settings.data_dir)
    if layout.is_initialised():
        raise OperatorError(f"{layout.root} is initialised already")
    credentials = _root_credentials(settings)
    layout.create()
    layout.ensure_private()
    if not layout.root_key.exists():
        create_root_key(settings, layout)
    now = SystemClock().now()
    ring = DomainKeyRing.create(open_key_store(settings, layout), open_seal(settings, layout), int(now * 1000))
    database = open_database(settings, layout, ring, None)
    database.open()
    try:
        unit = database.begin(inline=False)
        create_account(unit, credentials.account_id, credentials.access_key_id, credentials.secret_access_key, now)
        if unit.has_writes():
            database.commit(unit).result()
    finally:
        database.close()
    layout.marker.write_text(f"{credentials.account_id}\n", encoding="utf-8")
    return credentials


def save_credentials(layout: DataDirectory, credentials: RootCredentials) -> None:
    """Write the root access key as an AWS shared credentials file that only the server's user can read."""
    parser = configparser.ConfigParser()
    parser["default"] = {
        "aws_access_key_id": credentials.access_key_id,
        "aws_secret_access_key": credentials.secret_access_key.reveal().decode(),
    }
    text = io.StringIO()
    parser.write(text)
    descriptor = os.open(layout.root_credentials, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text.getvalue())
