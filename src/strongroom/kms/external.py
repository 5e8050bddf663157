"""Keys in external key stores: every message is encrypted by the server's own material and by the external key."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.core.errors import ValidationFailed
from strongroom.core.secret import SecretBytes
from strongroom.crypto import messages
from strongroom.crypto.external_messages import external_aad, inner_part, join_external, split_external
from strongroom.kms.errors import InvalidCiphertext, UnsupportedOperation
from strongroom.kms.key_store_errors import XksKeyAlreadyInUse
from strongroom.kms.key_stores import address_of, ask_proxy, count_keys, key_store, proxy_call, proxy_of
from strongroom.kms.records import ExternalKeyRecord, KeyRecord, MaterialRecord, Origin
from strongroom.kms.rules.context import context_aad
from strongroom.kms.rules.key_stores import create_key_error, cryptographic_error, ensure_connected, ensure_usable_external_key
from strongroom.kms.rules.specs import is_symmetric
from strongroom.kms.tables import EXTERNAL_KEYS
from strongroom.storage.ports import Store


def ensure_fits_key_store(key: KeyRecord, request: Mapping[str, Any]) -> None:
    """Return if origin, store, external key and kind of a new key go together. Raises ValidationFailed or UnsupportedOperation."""
    if key.origin is Origin.AWS_CLOUDHSM:
        raise UnsupportedOperation("CloudHSM key stores are not supported.")
    external = key.origin is Origin.EXTERNAL_KEY_STORE
    if external != ("CustomKeyStoreId" in request) or external != ("XksKeyId" in request):
        raise ValidationFailed("CustomKeyStoreId and XksKeyId are required with Origin EXTERNAL_KEY_STORE, and with no other.")
    if external and not is_symmetric(key):
        raise UnsupportedOperation(f"KeySpec {key.spec} is not supported in custom key stores.")
    if external and key.multi_region:
        raise UnsupportedOperation("Multi-Region keys are not supported in custom key stores.")


def bind_external_key(call: Call, key: KeyRecord, store_id: str, external_key_id: str) -> KeyRecord:
    """Check the external key with its proxy, take it, and return `key` bound to it.

    Raises KeyStoreNotFound, KeyStoreInvalidState, XksKeyAlreadyInUse, or what is wrong with the external key or the proxy.
    """
    store = key_store(call.store, key.account_id, key.region, store_id)
    ensure_connected(store)
    record = ExternalKeyRecord(
        account_id=key.account_id, region=key.region, store_id=store_id, external_key_id=external_key_id, key_id=key.key_id
    )
    if call.store.get(EXTERNAL_KEYS, *EXTERNAL_KEYS.key_of(record)) is not None:
        raise XksKeyAlreadyInUse(f"The external key {external_key_id} is associated with another KMS key in this external key store.")
    address = address_of(store, key.region)
    found = ask_proxy(call, lambda stores: stores.key_metadata(address, external_key_id, proxy_call(call)), create_key_error)
    ensure_usable_external_key(found)
    call.store.insert(EXTERNAL_KEYS, record)
    count_keys(call.store, key, store_id, 1)
    return replace(key, custom_key_store_id=store_id, xks_key_id=external_key_id)


def release_external_key(store: Store, key: KeyRecord) -> None:
    """Let go of the external key of a KMS key that is being deleted."""
    if key.custom_key_store_id is None:
        return
    place = (key.account_id, key.region, key.custom_key_store_id, key.xks_key_id)
    if store.get(EXTERNAL_KEYS, *place) is not None:
        store.delete(EXTERNAL_KEYS, *place)
    count_keys(store, key, key.custom_key_store_id, -1)


def encrypt_externally(call: Call, key: KeyRecord, inner: bytes, context: Mapping[str, str] | None) -> bytes:
    """Return the blob around `inner`, an ordinary blob of the key's own material. Raises InvalidState for whatever the proxy says."""
    header, covered = inner_part(inner)
    proxy, aad, external_key_id = proxy_of(call, key), external_aad(header, context_aad(context)), key.xks_key_id or ""
    about = proxy_call(call, key.arn)
    return join_external(
        header, ask_proxy(call, lambda stores: stores.encrypt(proxy, external_key_id, about, covered, aad), cryptographic_error)
    )


def decrypt_externally(call: Call, key: KeyRecord, material: MaterialRecord, blob: bytes, context: Mapping[str, str] | None) -> SecretBytes:
    """Return the plaintext of a blob of both keys. Raises InvalidCiphertext, or InvalidState for whatever the proxy says."""
    try:
        header, sealed = split_external(blob)
        aad = context_aad(context)
        proxy, about, external_key_id = proxy_of(call, key), proxy_call(call, key.arn), key.xks_key_id or ""
        covered = ask_proxy(
            call, lambda stores: stores.decrypt(proxy, external_key_id, about, sealed, external_aad(header, aad)), cryptographic_error
        )
        return messages.decrypt_message(material.secret, header + covered, aad)
    except messages.InvalidCiphertext:
        raise InvalidCiphertext from None
