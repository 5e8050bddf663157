"""Making an account and its root access key: the only way in before there are users."""

from strongroom.core.ids import RandomBytes, secret_access_key
from strongroom.core.secret import SecretBytes
from strongroom.identity.ids import ACCESS_KEY_PREFIX, is_account_id, new_access_key_id
from strongroom.identity.records import AccessKeyRecord, AccountRecord
from strongroom.identity.tables import ACCESS_KEYS, ACCOUNTS
from strongroom.storage.ports import Store


class CannotCreateAccount(ValueError):
    """The account id is not 12 digits, or the account or the access key exists already."""


def new_root_key(account_id: str, random_bytes: RandomBytes) -> tuple[str, SecretBytes]:
    """Return a fresh access key id and secret access key for the root user of an account."""
    return new_access_key_id(ACCESS_KEY_PREFIX, account_id, random_bytes), SecretBytes(secret_access_key(random_bytes).encode())


def create_account(store: Store, account_id: str, access_key_id: str, secret: SecretBytes, now: float) -> AccountRecord:
    """Buffer a new account with one root access key. Raises CannotCreateAccount."""
    if not is_account_id(account_id):
        raise CannotCreateAccount(f"{account_id!r} is not an account id: 12 digits are needed")
    if store.get(ACCOUNTS, account_id) is not None:
        raise CannotCreateAccount(f"account {account_id} exists already")
    if store.get(ACCESS_KEYS, access_key_id) is not None:
        raise CannotCreateAccount(f"access key {access_key_id} exists already")
    account = AccountRecord(account_id=account_id, created_at=now, root_access_key_ids=(access_key_id,))
    store.insert(ACCOUNTS, account)
    key = AccessKeyRecord(access_key_id=access_key_id, account_id=account_id, secret_access_key=secret, created_at=now)
    store.insert(ACCESS_KEYS, key)
    return account


def root_access_key(store: Store, account_id: str) -> AccessKeyRecord | None:
    """Return the first active access key of an account's root user."""
    account = store.get(ACCOUNTS, account_id)
    keys = (store.get(ACCESS_KEYS, key_id) for key_id in account.root_access_key_ids) if account else ()
    return next((key for key in keys if key is not None and key.active), None)
