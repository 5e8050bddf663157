"""`strongroom init`: the root key, the first domain key, the account and its root access key."""

import configparser
import io
import os
from dataclasses import dataclass
from pathlib import Path

from strongroom.app.backends import create_root_key, open_database, open_key_store, open_seal
from strongroom.app.clocks import SystemClock
from strongroom.app.layout import DataDirectory
from strongroom.config import Settings
from strongroom.core.errors import OperatorError
from strongroom.core.secret import SecretBytes
from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.crypto.random import random_bytes
from strongroom.identity.bootstrap import CannotCreateAccount, create_account, new_root_key, root_access_key
from strongroom.storage.ports import Store


@dataclass(frozen=True, slots=True)
class RootCredentials:
    """The root access key of a new account. The secret is shown once; it is None where another node made the account before."""

    account_id: str
    access_key_id: str
    secret_access_key: SecretBytes | None


def _root_credentials(settings: Settings) -> RootCredentials:
    access_key_id, secret = settings.root_access_key_id, settings.root_secret_access_key
    if (access_key_id is None) != (secret is None):
        raise OperatorError("set both STRONGROOM_ROOT_ACCESS_KEY_ID and STRONGROOM_ROOT_SECRET_ACCESS_KEY, or neither")
    if access_key_id is None or secret is None:
        return RootCredentials(settings.account_id, *new_root_key(settings.account_id, random_bytes))
    return RootCredentials(settings.account_id, access_key_id, SecretBytes(secret.encode()))


def _existing(settings: Settings, store: Store) -> RootCredentials | None:
    """Return the account's root key if the account is there already.

    In the embedded database that is what a broken-off `init` left, and its key was never shown. In a shared database
    another node made the account, and its key is not handed out again.
    """
    key = root_access_key(store, settings.account_id)
    if key is None:
        return None
    return RootCredentials(settings.account_id, key.access_key_id, None if settings.database_url else key.secret_access_key)


def _create(store: Store, credentials: RootCredentials, now: float) -> None:
    if credentials.secret_access_key is None:
        raise OperatorError("a new account needs a secret access key")
    try:
        create_account(store, credentials.account_id, credentials.access_key_id, credentials.secret_access_key, now)
    except CannotCreateAccount as error:
        raise OperatorError(str(error)) from error


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
        existing = _existing(settings, unit)
        if existing is None:
            _create(unit, credentials, now)
            database.commit(unit).result()
    finally:
        database.close()
    layout.marker.write_text(f"{credentials.account_id}\n", encoding="utf-8")
    return existing or credentials


def save_credentials(layout: DataDirectory, credentials: RootCredentials) -> bool:
    """Write the root access key to its place in the data directory; see save_credentials_at."""
    return save_credentials_at(layout.root_credentials, credentials)


def save_credentials_at(path: Path, credentials: RootCredentials) -> bool:
    """Write a root access key as a new AWS shared credentials file that only the server's user can read.

    Returns False, and writes nothing, where the secret is not known here (see RootCredentials). Raises OperatorError.
    """
    if credentials.secret_access_key is None:
        return False
    parser = configparser.ConfigParser()
    parser["default"] = {
        "aws_access_key_id": credentials.access_key_id,
        "aws_secret_access_key": credentials.secret_access_key.reveal().decode(),
    }
    text = io.StringIO()
    parser.write(text)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise OperatorError(f"{path}: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text.getvalue())
    return True
