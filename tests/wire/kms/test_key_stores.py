"""External key stores over the wire, against a proxy that checks every signature."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.clients import Clients, new_account
from tests.support.process import start
from tests.support.xks_proxy import ACCESS_KEY_ID, HOST, PATH, SECRET, Failure, XksProxy
from tests.wire.kms.support import advance_schedule, make_key, refused

STORE: Any = {
    "CustomKeyStoreName": "store",
    "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
    "XksProxyUriEndpoint": f"https://{HOST}",
    "XksProxyUriPath": PATH,
    "XksProxyAuthenticationCredential": {"AccessKeyId": ACCESS_KEY_ID, "RawSecretAccessKey": SECRET},
    "XksProxyConnectivity": "PUBLIC_ENDPOINT",
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, XksProxy]]:
    """A server that may reach one proxy, and that proxy."""
    directory: Path = tmp_path_factory.mktemp("proxy")
    proxy = XksProxy(directory)
    environment = {"STRONGROOM_XKS_PROXIES": proxy.setting, "STRONGROOM_XKS_CA_FILE": str(proxy.ca_file)}
    server = start(["dev", "--listen", "127.0.0.1:0"], environment)
    yield server.url, proxy
    server.stop()
    proxy.stop()


@pytest.fixture
def proxy(running: tuple[str, XksProxy]) -> Iterator[XksProxy]:
    """The proxy, in good health."""
    yield running[1]
    running[1].fails = running[1].raw_answer = None
    running[1].disabled.clear()


@pytest.fixture
def kms(running: tuple[str, XksProxy]) -> Iterator[Any]:
    """The KMS client of an account of its own on that server."""
    account = new_account()
    clients = Clients(running[0], account, account_id=account)
    yield clients.kms
    clients.close()


@pytest.fixture
def store(kms: Any) -> str:
    """A connected external key store."""
    made: str = kms.create_custom_key_store(**STORE)["CustomKeyStoreId"]
    kms.connect_custom_key_store(CustomKeyStoreId=made)
    return made


def _key(kms: Any, store: str, external: str = "external-1") -> str:
    return make_key(kms, Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId=external)


def _described(kms: Any, store: str) -> Any:
    return kms.describe_custom_key_stores(CustomKeyStoreId=store)["CustomKeyStores"][0]


def test_a_store_is_shown_without_its_secret(kms: Any, store: str) -> None:
    """And is found by id and by name."""
    shown = _described(kms, store)
    assert shown == kms.describe_custom_key_stores(CustomKeyStoreName="store")["CustomKeyStores"][0]
    assert shown["ConnectionState"] == "CONNECTED"
    assert shown["XksProxyConfiguration"] == {
        "Connectivity": "PUBLIC_ENDPOINT",
        "AccessKeyId": ACCESS_KEY_ID,
        "UriEndpoint": f"https://{HOST}",
        "UriPath": PATH,
    }
    assert SECRET not in str(shown)
    with refused("CustomKeyStoreNotFoundException"):
        kms.describe_custom_key_stores(CustomKeyStoreId="cks-0")


def test_a_message_is_encrypted_by_both_keys(kms: Any, store: str, proxy: XksProxy) -> None:
    """The proxy is told who asks, and never sees the plaintext."""
    key = _key(kms, store)
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (shown["Origin"], shown["CustomKeyStoreId"], shown["XksKeyConfiguration"]) == (
        "EXTERNAL_KEY_STORE",
        store,
        {"Id": "external-1"},
    )
    assert "CurrentKeyMaterialId" not in shown
    blob = kms.encrypt(KeyId=key, Plaintext=b"p" * 4096, EncryptionContext={"a": "b"})["CiphertextBlob"]
    assert len(blob) <= 6144
    resource, request = proxy.seen[-1]
    assert resource == "/keys/external-1/encrypt"
    assert request["requestMetadata"]["kmsKeyArn"] == key
    assert request["requestMetadata"]["kmsOperation"] == "Encrypt"
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})["Plaintext"] == b"p" * 4096
    data_key = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    assert kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"])["Plaintext"] == data_key["Plaintext"]
    moved = kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext={"a": "b"}, DestinationKeyId=make_key(kms))
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"p" * 4096


def test_a_changed_ciphertext_or_context_is_refused(kms: Any, store: str) -> None:
    """By the proxy, which has its own text; or before it, where the blob can't be read at all."""
    blob = kms.encrypt(KeyId=_key(kms, store), Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
    corrupted = (
        "The external key store proxy rejected the request because the specified ciphertext or encryption context is corrupted, "
        "missing, or otherwise invalid."
    )
    with refused("KMSInvalidStateException", corrupted):
        kms.decrypt(CiphertextBlob=blob)
    with refused("KMSInvalidStateException", corrupted):
        kms.decrypt(CiphertextBlob=blob[:-1] + bytes([blob[-1] ^ 1]), EncryptionContext={"a": "b"})
    with refused("InvalidCiphertextException", None):
        kms.decrypt(CiphertextBlob=blob[:41] + b"\xff" + blob[42:], EncryptionContext={"a": "b"})


def test_keys_of_a_store_do_not_rotate_or_make_pairs(kms: Any, store: str) -> None:
    """The operations don't exist for their origin."""
    key = _key(kms, store)
    message = f"{key} origin is EXTERNAL_KEY_STORE which is not valid for this operation."
    with refused("UnsupportedOperationException", message):
        kms.enable_key_rotation(KeyId=key)
    with refused("UnsupportedOperationException", message):
        kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256")
    with refused("UnsupportedOperationException"):
        make_key(kms, Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId="external-2", MultiRegion=True)
    with refused("UnsupportedOperationException"):
        kms.generate_random(NumberOfBytes=1, CustomKeyStoreId=store)


def test_an_external_key_serves_one_kms_key(kms: Any, store: str, proxy: XksProxy) -> None:
    """It must exist, be enabled, and be free."""
    _key(kms, store)
    with refused("XksKeyAlreadyInUseException"):
        _key(kms, store)
    with refused("XksKeyNotFoundException"):
        _key(kms, store, "missing")
    proxy.disabled.add("external-2")
    with refused("XksKeyInvalidConfigurationException"):
        _key(kms, store, "external-2")
    with refused("ValidationException"):
        make_key(kms, Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store)
    with refused("ValidationException"):
        make_key(kms, CustomKeyStoreId=store, XksKeyId="external-2")
    with refused("CustomKeyStoreNotFoundException"):
        _key(kms, "cks-0", "external-2")


def test_disconnecting_makes_keys_unavailable(kms: Any, store: str) -> None:
    """Until the store is connected again; states that were set meanwhile take effect then."""
    key = _key(kms, store)
    kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Unavailable"
    with refused("KMSInvalidStateException", f"{key} is unavailable."):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    with refused("CustomKeyStoreInvalidStateException"):
        kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    with refused("CustomKeyStoreInvalidStateException"):
        _key(kms, store, "external-2")
    kms.disable_key(KeyId=key)
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    kms.enable_key(KeyId=key)
    kms.encrypt(KeyId=key, Plaintext=b"x")


def test_a_store_with_keys_is_not_deleted(kms: Any, store: str) -> None:
    """Nor a connected one; keys that wait for their deletion count."""
    with refused("CustomKeyStoreInvalidStateException"):
        kms.delete_custom_key_store(CustomKeyStoreId=store)
    key = _key(kms, store)
    kms.schedule_key_deletion(KeyId=key)
    kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    with refused("CustomKeyStoreHasCMKsException"):
        kms.delete_custom_key_store(CustomKeyStoreId=store)


def test_a_deleted_key_leaves_its_external_key_free(running: tuple[str, XksProxy], kms: Any, store: str) -> None:
    """The external key itself is not touched."""
    key = _key(kms, store)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    advance_schedule(running[0], 8 * 86_400)
    with refused("NotFoundException"):
        kms.describe_key(KeyId=key)
    _key(kms, store)


def test_an_empty_disconnected_store_is_deleted(kms: Any, store: str) -> None:
    """And its name is free again."""
    kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    kms.delete_custom_key_store(CustomKeyStoreId=store)
    assert kms.describe_custom_key_stores()["CustomKeyStores"] == []
    kms.create_custom_key_store(**STORE)


def test_names_and_addresses_are_unique(kms: Any, store: str) -> None:
    """In an account and Region."""
    with refused("CustomKeyStoreNameInUseException"):
        kms.create_custom_key_store(**{**STORE, "XksProxyUriPath": "/other" + PATH})
    with refused("XksProxyUriInUseException"):
        kms.create_custom_key_store(**{**STORE, "CustomKeyStoreName": "other"})
    assert store


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"XksProxyUriEndpoint": "https://elsewhere.example.com"}, "XksProxyUriUnreachableException"),
        ({"XksProxyUriPath": "/kms/xks/v1"}, "XksProxyInvalidConfigurationException"),
        (
            {"XksProxyAuthenticationCredential": {"AccessKeyId": ACCESS_KEY_ID, "RawSecretAccessKey": "t" * 43}},
            "XksProxyIncorrectAuthenticationCredentialException",
        ),
        (
            {"XksProxyConnectivity": "VPC_ENDPOINT_SERVICE"},
            "XksProxyVpcEndpointServiceNotFoundException",
        ),
        ({"CustomKeyStoreType": "AWS_CLOUDHSM"}, "CloudHsmClusterNotFoundException"),
    ],
)
def test_a_store_needs_a_proxy_that_answers(kms: Any, change: Any, code: str) -> None:
    """Hosts that the operator did not allow are never even connected to."""
    with refused(code):
        kms.create_custom_key_store(**{**STORE, **change})


@pytest.mark.parametrize(
    ("status", "name", "start_of_text"),
    [
        (400, "ValidationException", "AWS KMS cannot interpret the response from the external key store proxy."),
        (400, "InvalidStateException", "The external key associated with this KMS key in an external key store is not enabled"),
        (
            401,
            "AuthenticationFailedException",
            "The external key store proxy rejected the request because it could not authenticate AWS KMS.",
        ),
        (403, "AccessDeniedException", "The external key store proxy denied access to the operation."),
        (503, "DependencyTimeoutException", "The external key store proxy did not respond in time."),
        (500, "InternalException", "The external key store proxy cannot"),
        (418, "Teapot", "AWS KMS cannot interpret the response from the external key store proxy."),
    ],
)
def test_what_a_proxy_answers_becomes_an_invalid_state(
    kms: Any, store: str, proxy: XksProxy, status: int, name: str, start_of_text: str
) -> None:
    """With AWS's text and never the proxy's own."""
    key = _key(kms, store)
    proxy.fails = Failure(status, name)
    with pytest.raises(kms.exceptions.KMSInvalidStateException, match=start_of_text) as caught:
        kms.encrypt(KeyId=key, Plaintext=b"x")
    assert "never shown" not in str(caught.value)


@pytest.mark.parametrize("answer", [b"not json", b"{}", b"[" * 100_000])
def test_a_malformed_answer_is_one_error(kms: Any, store: str, proxy: XksProxy, answer: bytes) -> None:
    """Whatever the proxy sends."""
    key = _key(kms, store)
    proxy.raw_answer = answer
    with pytest.raises(kms.exceptions.KMSInvalidStateException, match="AWS KMS cannot interpret"):
        kms.encrypt(KeyId=key, Plaintext=b"x")


def test_a_failed_connection_says_why(kms: Any, proxy: XksProxy) -> None:
    """And has to be disconnected before the next attempt."""
    store = kms.create_custom_key_store(**STORE)["CustomKeyStoreId"]
    proxy.fails = Failure(401, "AuthenticationFailedException")
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    shown = _described(kms, store)
    assert (shown["ConnectionState"], shown["ConnectionErrorCode"]) == ("FAILED", "XKS_PROXY_ACCESS_DENIED")
    proxy.fails = None
    with refused("CustomKeyStoreInvalidStateException"):
        kms.connect_custom_key_store(CustomKeyStoreId=store)
    kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    assert _described(kms, store)["ConnectionState"] == "CONNECTED"


def test_a_store_is_renamed_at_any_time_and_moved_while_disconnected(kms: Any, store: str) -> None:
    """Its credential may change while it is connected, too."""
    kms.update_custom_key_store(CustomKeyStoreId=store, NewCustomKeyStoreName="renamed")
    with refused("CustomKeyStoreInvalidStateException"):
        kms.update_custom_key_store(CustomKeyStoreId=store, XksProxyUriEndpoint=f"https://{HOST}")
    wrong = {"AccessKeyId": ACCESS_KEY_ID, "RawSecretAccessKey": "t" * 43}
    with refused("XksProxyIncorrectAuthenticationCredentialException"):
        kms.update_custom_key_store(CustomKeyStoreId=store, XksProxyAuthenticationCredential=wrong)
    kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    kms.update_custom_key_store(CustomKeyStoreId=store, XksProxyUriEndpoint=f"https://{HOST}")
    assert _described(kms, store)["CustomKeyStoreName"] == "renamed"


def test_a_server_without_proxies_reaches_none(clients: Clients) -> None:
    """The default."""
    with refused("XksProxyUriUnreachableException"):
        clients.kms.create_custom_key_store(**STORE)
