"""What a proxy's problems become, row by row, and what a store's connection allows."""

import pytest
from msgspec.structs import replace

from strongroom.core.errors import ApiError
from strongroom.core.secret import SecretBytes
from strongroom.crypto.key_stores import ExternalKey, ProxyProblem
from strongroom.kms.key_store_errors import KeyStoreInvalidState, KeyStoreNameInUse, XksProxyUriInUse
from strongroom.kms.records import ConnectionState, CustomKeyStore
from strongroom.kms.rules.key_stores import (
    connected,
    connection_error_code,
    create_key_error,
    cryptographic_error,
    disconnected,
    ensure_connected,
    ensure_disconnected,
    ensure_room_for_store,
    ensure_unique,
    ensure_usable_external_key,
    store_error,
)
from strongroom.kms.rules.limits import CUSTOM_KEY_STORES

# problem -> what CreateKey, cryptographic operations, and CreateCustomKeyStore or UpdateCustomKeyStore answer
TABLE = {
    "VALIDATION": ("CustomKeyStoreInvalidStateException", "KMSInvalidStateException", "XksProxyInvalidResponseException"),
    "INVALID_STATE": ("XksKeyInvalidConfigurationException", "KMSInvalidStateException", None),
    "INVALID_CIPHERTEXT": (None, "KMSInvalidStateException", None),
    "INVALID_KEY_USAGE": ("XksKeyInvalidConfigurationException", "KMSInvalidStateException", None),
    "AUTHENTICATION_FAILED": (
        "CustomKeyStoreInvalidStateException",
        "KMSInvalidStateException",
        "XksProxyIncorrectAuthenticationCredentialException",
    ),
    "ACCESS_DENIED": ("KMSInvalidStateException", "KMSInvalidStateException", None),
    "KEY_NOT_FOUND": ("XksKeyNotFoundException", "KMSInvalidStateException", None),
    "INVALID_URI_PATH": ("CustomKeyStoreInvalidStateException", "KMSInvalidStateException", "XksProxyInvalidConfigurationException"),
    "THROTTLING": ("CustomKeyStoreInvalidStateException", "KMSInvalidStateException", "XksProxyUriUnreachableException"),
    "UNSUPPORTED_OPERATION": ("XksProxyInvalidResponseException", "KMSInvalidStateException", None),
    "DEPENDENCY_TIMEOUT": ("CustomKeyStoreInvalidStateException", "KMSInvalidStateException", "XksProxyUriUnreachableException"),
    "INTERNAL": ("CustomKeyStoreInvalidStateException", "KMSInvalidStateException", "XksProxyInvalidResponseException"),
    "UNREACHABLE": ("CustomKeyStoreInvalidStateException", "KMSInvalidStateException", "XksProxyUriUnreachableException"),
    "TIMED_OUT": ("CustomKeyStoreInvalidStateException", "KMSInvalidStateException", "XksProxyUriUnreachableException"),
    "TLS": ("CustomKeyStoreInvalidStateException", "KMSInvalidStateException", "XksProxyUriUnreachableException"),
    "NOT_ALLOWED": ("CustomKeyStoreInvalidStateException", "KMSInvalidStateException", "XksProxyUriUnreachableException"),
    "MALFORMED": ("CustomKeyStoreInvalidStateException", "KMSInvalidStateException", "XksProxyInvalidResponseException"),
}
STORE = CustomKeyStore(
    store_id="cks-1",
    name="one",
    created_at=0.0,
    endpoint="https://a.example",
    path="/kms/xks/v1",
    access_key_id="A",
    secret_access_key=SecretBytes(b"s"),
)
CONNECTED = replace(STORE, state=ConnectionState.CONNECTED)
FAILED = replace(STORE, state=ConnectionState.FAILED, error_code="XKS_PROXY_NOT_REACHABLE")


def _code(error: ApiError) -> str:
    assert error.message
    return error.code


@pytest.mark.parametrize("problem", list(ProxyProblem))
def test_each_problem_has_one_answer_for_each_kind_of_operation(problem: ProxyProblem) -> None:
    """The table of the XKS Proxy API specification."""
    wanted = TABLE[problem.name]
    answers = (_code(create_key_error(problem)), _code(cryptographic_error(problem)), _code(store_error(problem)))
    assert all(expected in (None, answer) for expected, answer in zip(wanted, answers, strict=True))
    assert connection_error_code(problem).startswith("XKS_PROXY_")


@pytest.mark.parametrize(
    "key",
    [
        ExternalKey("AES_128", ("ENCRYPT", "DECRYPT"), "ENABLED"),
        ExternalKey("AES_256", ("ENCRYPT",), "ENABLED"),
        ExternalKey("AES_256", ("ENCRYPT", "DECRYPT"), "DISABLED"),
    ],
)
def test_an_external_key_is_an_enabled_aes_256_key_for_both_directions(key: ExternalKey) -> None:
    """Any other is refused."""
    ensure_usable_external_key(ExternalKey("AES_256", ("ENCRYPT", "DECRYPT", "WRAP"), "ENABLED"))
    with pytest.raises(ApiError) as caught:
        ensure_usable_external_key(key)
    assert caught.value.code == "XksKeyInvalidConfigurationException"


def test_a_store_connects_fails_and_disconnects() -> None:
    """A failed one has to be disconnected first; a disconnected one can't be disconnected again."""
    assert connected(STORE, None).state is connected(CONNECTED, None).state is ConnectionState.CONNECTED
    assert connected(STORE, ProxyProblem.TIMED_OUT).error_code == "XKS_PROXY_TIMED_OUT"
    assert disconnected(FAILED) == disconnected(CONNECTED) == STORE
    with pytest.raises(KeyStoreInvalidState):
        connected(FAILED, None)
    with pytest.raises(KeyStoreInvalidState):
        disconnected(STORE)


def test_keys_are_made_in_connected_stores_and_disconnected_ones_are_changed() -> None:
    """Each state allows its own."""
    ensure_connected(CONNECTED)
    ensure_disconnected(STORE)
    for store in (STORE, FAILED):
        with pytest.raises(KeyStoreInvalidState):
            ensure_connected(store)
    for store in (CONNECTED, FAILED):
        with pytest.raises(KeyStoreInvalidState):
            ensure_disconnected(store)


def test_names_addresses_and_their_number_are_limited() -> None:
    """Ten stores; a store does not compete with itself."""
    other = replace(STORE, store_id="cks-2")
    ensure_unique([STORE], STORE)
    ensure_unique([STORE], replace(other, name="two", path="/b/kms/xks/v1"))
    with pytest.raises(KeyStoreNameInUse):
        ensure_unique([STORE], replace(other, path="/b/kms/xks/v1"))
    with pytest.raises(XksProxyUriInUse):
        ensure_unique([STORE], replace(other, name="two"))
    ensure_room_for_store([STORE] * (CUSTOM_KEY_STORES - 1))
    with pytest.raises(ApiError) as caught:
        ensure_room_for_store([STORE] * CUSTOM_KEY_STORES)
    assert caught.value.code == "LimitExceededException"
