"""Custom key stores: what a proxy's problems mean to each kind of operation, and what a store's connection allows.

Source: XKS Proxy API Specification, "Error responses"; KMS Developer Guide, "Troubleshooting external key stores".
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from strongroom.core.errors import ApiError
from strongroom.crypto.key_stores import ExternalKey, ProxyProblem
from strongroom.kms.errors import InvalidState, LimitExceeded
from strongroom.kms.key_store_errors import (
    KeyStoreInvalidState,
    KeyStoreNameInUse,
    XksKeyInvalidConfiguration,
    XksKeyNotFound,
    XksProxyIncorrectCredential,
    XksProxyInvalidConfiguration,
    XksProxyInvalidResponse,
    XksProxyUriInUse,
    XksProxyUriUnreachable,
)
from strongroom.kms.records import ConnectionState, CustomKeyStore
from strongroom.kms.rules.limits import CUSTOM_KEY_STORES

_UNINTERPRETABLE = (
    "AWS KMS cannot interpret the response from the external key store proxy. "
    "If you see this error repeatedly, report it to the proxy administrator."
)
_NOT_ENABLED = (
    "The external key associated with this KMS key in an external key store is not enabled. "
    "Enable the external key in its external key manager."
)
_CORRUPTED = (
    "The external key store proxy rejected the request because the specified ciphertext or encryption context is corrupted, "
    "missing, or otherwise invalid."
)
_UNAUTHENTICATED = "The external key store proxy rejected the request because it could not authenticate AWS KMS."
_DENIED = "The external key store proxy denied access to the operation."
_UNREACHABLE = "AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue."
_TOO_SLOW = "The external key store proxy did not respond in time. Retry the request."
_OTHER = "The external key store proxy cannot perform the operation with the external key of this KMS key."
NOT_CONNECTED = "This KMS key is in a custom key store that is not connected to its external key store proxy."

_IN_CRYPTOGRAPHY: Mapping[ProxyProblem, str] = {
    ProxyProblem.VALIDATION: _UNINTERPRETABLE,
    ProxyProblem.MALFORMED: _UNINTERPRETABLE,
    ProxyProblem.INVALID_STATE: _NOT_ENABLED,
    ProxyProblem.INVALID_CIPHERTEXT: _CORRUPTED,
    ProxyProblem.AUTHENTICATION_FAILED: _UNAUTHENTICATED,
    ProxyProblem.ACCESS_DENIED: _DENIED,
    ProxyProblem.UNREACHABLE: _UNREACHABLE,
    ProxyProblem.TLS: _UNREACHABLE,
    ProxyProblem.NOT_ALLOWED: _UNREACHABLE,
    ProxyProblem.TIMED_OUT: _TOO_SLOW,
    ProxyProblem.DEPENDENCY_TIMEOUT: _TOO_SLOW,
}
_IN_CREATE_KEY: Mapping[ProxyProblem, type[ApiError]] = {
    ProxyProblem.INVALID_STATE: XksKeyInvalidConfiguration,
    ProxyProblem.INVALID_KEY_USAGE: XksKeyInvalidConfiguration,
    ProxyProblem.ACCESS_DENIED: InvalidState,
    ProxyProblem.KEY_NOT_FOUND: XksKeyNotFound,
    ProxyProblem.UNSUPPORTED_OPERATION: XksProxyInvalidResponse,
}
_IN_STORE_OPERATIONS: Mapping[ProxyProblem, type[ApiError]] = {
    ProxyProblem.AUTHENTICATION_FAILED: XksProxyIncorrectCredential,
    ProxyProblem.INVALID_URI_PATH: XksProxyInvalidConfiguration,
    ProxyProblem.THROTTLING: XksProxyUriUnreachable,
    ProxyProblem.DEPENDENCY_TIMEOUT: XksProxyUriUnreachable,
    ProxyProblem.UNREACHABLE: XksProxyUriUnreachable,
    ProxyProblem.TIMED_OUT: XksProxyUriUnreachable,
    ProxyProblem.TLS: XksProxyUriUnreachable,
    ProxyProblem.NOT_ALLOWED: XksProxyUriUnreachable,
}
_CONNECTION_CODES: Mapping[ProxyProblem, str] = {
    ProxyProblem.AUTHENTICATION_FAILED: "XKS_PROXY_ACCESS_DENIED",
    ProxyProblem.ACCESS_DENIED: "XKS_PROXY_ACCESS_DENIED",
    ProxyProblem.INVALID_URI_PATH: "XKS_PROXY_INVALID_CONFIGURATION",
    ProxyProblem.UNREACHABLE: "XKS_PROXY_NOT_REACHABLE",
    ProxyProblem.NOT_ALLOWED: "XKS_PROXY_NOT_REACHABLE",
    ProxyProblem.THROTTLING: "XKS_PROXY_NOT_REACHABLE",
    ProxyProblem.TIMED_OUT: "XKS_PROXY_TIMED_OUT",
    ProxyProblem.DEPENDENCY_TIMEOUT: "XKS_PROXY_TIMED_OUT",
    ProxyProblem.TLS: "XKS_PROXY_INVALID_TLS_CONFIGURATION",
}


def cryptographic_error(problem: ProxyProblem) -> ApiError:
    """Return what a cryptographic operation answers."""
    return InvalidState(_IN_CRYPTOGRAPHY.get(problem, _OTHER))


def create_key_error(problem: ProxyProblem) -> ApiError:
    """Return what CreateKey answers."""
    return _IN_CREATE_KEY.get(problem, KeyStoreInvalidState)(_IN_CRYPTOGRAPHY.get(problem, _OTHER))


def store_error(problem: ProxyProblem) -> ApiError:
    """Return what CreateCustomKeyStore and UpdateCustomKeyStore answer."""
    return _IN_STORE_OPERATIONS.get(problem, XksProxyInvalidResponse)(_IN_CRYPTOGRAPHY.get(problem, _UNINTERPRETABLE))


def connection_error_code(problem: ProxyProblem) -> str:
    """Return the ConnectionErrorCode of a store that could not be connected."""
    return _CONNECTION_CODES.get(problem, "XKS_PROXY_INVALID_RESPONSE")


def ensure_usable_external_key(key: ExternalKey) -> None:
    """Return if a KMS key can have this external key. Raises XksKeyInvalidConfiguration."""
    if key.spec != "AES_256" or not {"ENCRYPT", "DECRYPT"} <= set(key.usages) or key.status != "ENABLED":
        raise XksKeyInvalidConfiguration("The external key must be an enabled AES-256 key that encrypts and decrypts.")


def ensure_room_for_store(stores: Sequence[CustomKeyStore]) -> None:
    """Return if the account may have one store more in the Region. Raises LimitExceeded."""
    if len(stores) >= CUSTOM_KEY_STORES:
        raise LimitExceeded(f"The account has the maximum number of custom key stores in this Region, {CUSTOM_KEY_STORES}.")


def ensure_unique(stores: Sequence[CustomKeyStore], wanted: CustomKeyStore) -> None:
    """Return if no other store has the name, or the proxy address, of `wanted`. Raises KeyStoreNameInUse, XksProxyUriInUse."""
    others = [store for store in stores if store.store_id != wanted.store_id]
    if any(store.name == wanted.name for store in others):
        raise KeyStoreNameInUse(f"A custom key store with the name {wanted.name} already exists.")
    if any((store.endpoint, store.path) == (wanted.endpoint, wanted.path) for store in others):
        raise XksProxyUriInUse("Another external key store in this Region has this proxy endpoint and path.")


def ensure_connected(store: CustomKeyStore) -> None:
    """Return if keys can be made in `store`. Raises KeyStoreInvalidState."""
    if store.state is not ConnectionState.CONNECTED:
        raise KeyStoreInvalidState(f"Custom key store {store.store_id} is not connected.")


def ensure_disconnected(store: CustomKeyStore) -> None:
    """Return if `store` may be deleted or pointed elsewhere. Raises KeyStoreInvalidState."""
    if store.state is not ConnectionState.DISCONNECTED:
        raise KeyStoreInvalidState(f"Custom key store {store.store_id} is not disconnected.")


def connected(store: CustomKeyStore, problem: ProxyProblem | None) -> CustomKeyStore:
    """Return `store` after an attempt to connect it. Raises KeyStoreInvalidState for one that failed before: disconnect it first."""
    if store.state is ConnectionState.FAILED:
        raise KeyStoreInvalidState(f"Custom key store {store.store_id} has failed to connect. Disconnect it first.")
    if problem is None:
        return replace(store, state=ConnectionState.CONNECTED, error_code=None)
    return replace(store, state=ConnectionState.FAILED, error_code=connection_error_code(problem))


def disconnected(store: CustomKeyStore) -> CustomKeyStore:
    """Return `store` after it was disconnected. Raises KeyStoreInvalidState if it was already."""
    if store.state is ConnectionState.DISCONNECTED:
        raise KeyStoreInvalidState(f"Custom key store {store.store_id} is disconnected already.")
    return replace(store, state=ConnectionState.DISCONNECTED, error_code=None)
