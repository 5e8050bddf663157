"""Custom key stores in the store, and calls to their proxies."""

from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.core.errors import ApiError
from strongroom.crypto.key_stores import KeyStores, ProxyAddress, ProxyCall, ProxyFailure, ProxyProblem
from strongroom.kms.errors import InvalidState
from strongroom.kms.key_store_errors import KeyStoreNotFound
from strongroom.kms.records import ConnectionState, CustomKeyStore, CustomKeyStoresRecord, KeyRecord
from strongroom.kms.rules.key_stores import NOT_CONNECTED
from strongroom.kms.tables import CUSTOM_KEY_STORES
from strongroom.storage.ports import Store

T = TypeVar("T")


def key_stores(store: Store, account_id: str, region: str) -> tuple[CustomKeyStore, ...]:
    """Return the custom key stores of an account in a Region, oldest first."""
    found = store.get(CUSTOM_KEY_STORES, account_id, region)
    return found.stores if found else ()


def put_key_stores(store: Store, account_id: str, region: str, stores: tuple[CustomKeyStore, ...]) -> None:
    """Buffer the whole list, which was read in this unit of work: so names, addresses and their number are kept right."""
    record = CustomKeyStoresRecord(account_id=account_id, region=region, stores=stores)
    if store.get(CUSTOM_KEY_STORES, account_id, region) is None:
        store.insert(CUSTOM_KEY_STORES, record)
    else:
        store.replace(CUSTOM_KEY_STORES, record)


def key_store(store: Store, account_id: str, region: str, store_id: str) -> CustomKeyStore:
    """Return one custom key store. Raises KeyStoreNotFound."""
    for found in key_stores(store, account_id, region):
        if found.store_id == store_id:
            return found
    raise KeyStoreNotFound(f"Custom key store {store_id} does not exist.")


def change_key_store(store: Store, account_id: str, region: str, changed: CustomKeyStore) -> None:
    """Buffer a custom key store that has changed."""
    stores = key_stores(store, account_id, region)
    put_key_stores(store, account_id, region, tuple(changed if one.store_id == changed.store_id else one for one in stores))


def count_keys(store: Store, key: KeyRecord, store_id: str, change: int) -> None:
    """Add `change` to the number of keys in the store that holds `key`."""
    found = key_store(store, key.account_id, key.region, store_id)
    change_key_store(store, key.account_id, key.region, replace(found, key_count=found.key_count + change))


def is_disconnected(store: Store, key: KeyRecord) -> bool:
    """Return whether the store of `key` was disconnected on purpose, which makes its keys unavailable."""
    if key.custom_key_store_id is None:
        return False
    return key_store(store, key.account_id, key.region, key.custom_key_store_id).state is ConnectionState.DISCONNECTED


def proxy_of(call: Call, key: KeyRecord) -> ProxyAddress:
    """Return the proxy of a key's store. Raises InvalidState unless the store is connected."""
    store = key_store(call.store, key.account_id, key.region, key.custom_key_store_id or "")
    if store.state is not ConnectionState.CONNECTED:
        raise InvalidState(NOT_CONNECTED)
    return address_of(store, key.region)


def address_of(store: CustomKeyStore, region: str) -> ProxyAddress:
    """Return where the proxy of a store is."""
    return ProxyAddress(store.endpoint, store.path, store.access_key_id, store.secret_access_key, region)


def proxy_call(call: Call, key_arn: str = "") -> ProxyCall:
    """Return on whose behalf a proxy is called."""
    via = f"{call.via[-1]}.{call.region}.amazonaws.com" if call.via else ""
    return ProxyCall(call.principal.arn, call.operation.name, call.origin.request_id, key_arn, via)


def ask_proxy(call: Call, ask: Callable[[KeyStores], T], error: Callable[[ProxyProblem], ApiError]) -> T:
    """Return what a proxy answers to `ask`; a problem is raised as `error` names it. Ends an inline run."""
    call.ensure_may_block()
    stores = call.environment.key_stores
    if stores is None:
        raise error(ProxyProblem.NOT_ALLOWED)
    try:
        return ask(stores)
    except ProxyFailure as failure:
        raise error(failure.problem) from None
