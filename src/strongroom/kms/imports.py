"""Imported key material in the store: wrapping keys, import tokens, and material that comes and goes."""

from typing import NamedTuple

import msgspec

from strongroom.calls.call import Call
from strongroom.core.secret import SecretBytes
from strongroom.crypto.keys.pairs import KeyPair, WrongKeyMaterial, generate_pair, imported_pair
from strongroom.crypto.keys.wrapping import unwrap_material
from strongroom.crypto.messages import InvalidCiphertext as CryptoInvalidCiphertext
from strongroom.kms.errors import ExpiredImportToken, IncorrectKeyMaterial, InvalidCiphertext, InvalidImportToken
from strongroom.kms.keys import MILLISECONDS, change_key, related_keys
from strongroom.kms.materials import material_named, material_record
from strongroom.kms.records import MATERIAL_PREFIX_DIGITS, ImportParametersRecord, KeyRecord, KeyState
from strongroom.kms.rules.imports import RAW_BYTES, all_arrived, ready_to_rotate, with_import, with_new, without
from strongroom.kms.rules.limits import IMPORT_TOKEN_SECONDS
from strongroom.kms.rules.materials import lacks_material
from strongroom.kms.tables import IMPORT_PARAMETERS, MATERIALS
from strongroom.storage.ports import Store

TOKEN_PURPOSE = "kms:import"  # noqa: S105 - names what a token is for
IMPORT_ID_BYTES = 16


class ImportParameters(NamedTuple):
    """What a customer wraps key material with; `valid_to` in seconds since the epoch."""

    public_key: bytes
    token: bytes
    valid_to: float


class _Token(msgspec.Struct, frozen=True):
    account_id: str
    region: str
    key_id: str
    import_id: str
    expires_at: float


def new_import_parameters(call: Call, key: KeyRecord, algorithm: str, wrapping_spec: str) -> ImportParameters:
    """Make a wrapping key for one import into `key`, valid for 24 hours."""
    call.ensure_may_block()
    pair = generate_pair(wrapping_spec)
    expires_at = call.now + IMPORT_TOKEN_SECONDS
    import_id = call.random_bytes(IMPORT_ID_BYTES).hex()
    record = ImportParametersRecord(
        account_id=key.account_id,
        region=key.region,
        key_id=key.key_id,
        import_id=import_id,
        algorithm=algorithm,
        wrapping_key=pair.private_key,
        expires_ms=int(expires_at * MILLISECONDS),
    )
    call.store.insert(IMPORT_PARAMETERS, record)
    payload = msgspec.json.encode(_Token(key.account_id, key.region, key.key_id, import_id, expires_at))
    return ImportParameters(pair.public_key, call.environment.tokens.seal(TOKEN_PURPOSE, payload).encode(), expires_at)


def import_parameters_of(call: Call, key: KeyRecord, token: bytes) -> ImportParametersRecord:
    """Return what `token` stands for. Raises InvalidImportToken for another key's or no token, ExpiredImportToken after 24 hours."""
    try:
        payload = call.environment.tokens.open(TOKEN_PURPOSE, token.decode("ascii"))
    except UnicodeDecodeError:
        raise InvalidImportToken from None
    if payload is None:
        raise InvalidImportToken
    named = msgspec.json.decode(payload, type=_Token)
    if (named.account_id, named.region, named.key_id) != (key.account_id, key.region, key.key_id):
        raise InvalidImportToken
    found = call.store.get(IMPORT_PARAMETERS, key.account_id, key.region, key.key_id, named.import_id)
    if found is None or named.expires_at <= call.now:
        raise ExpiredImportToken
    return found


def unwrapped(key: KeyRecord, parameters: ImportParametersRecord, wrapped: bytes) -> KeyPair:
    """Return the material that a customer has wrapped. Raises InvalidCiphertext, or IncorrectKeyMaterial if it does not fit the key."""
    try:
        material = unwrap_material(parameters.wrapping_key, parameters.algorithm, wrapped)
        if key.spec not in RAW_BYTES:
            return imported_pair(key.spec, material.reveal())
    except CryptoInvalidCiphertext:
        raise InvalidCiphertext from None
    except WrongKeyMaterial:
        raise IncorrectKeyMaterial("The key material does not fit the key spec of this KMS key.") from None
    if len(material) != RAW_BYTES[key.spec]:
        raise IncorrectKeyMaterial("The key material does not fit the key spec of this KMS key.")
    return KeyPair(material, b"")


def announce_material(store: Store, key: KeyRecord, material_id: str) -> KeyRecord:
    """Give `key` and its related keys a place for new material, and return `key` as stored."""
    related = related_keys(store, key)
    for other in related:
        change_key(store, other, generations=with_new(other, material_id, multi_region=True))
    return change_key(store, key, generations=with_new(key, material_id, multi_region=bool(related)))


def store_material(store: Store, key: KeyRecord, material_id: str, pair: KeyPair, until: float | None, description: str | None) -> None:
    """Store imported material in its place; a key that waited for its last material is enabled by it."""
    record = material_record(key, material_id, SecretBytes(pair.private_key.reveal()), pair.public_key)
    if material_named(store, key, record.prefix) is None:
        store.insert(MATERIALS, record)
    else:
        store.replace(MATERIALS, record)
    key = change_key(store, key, generations=with_import(key, material_id, until, description))
    if key.state is KeyState.PENDING_IMPORT and not lacks_material(key):
        key = change_key(store, key, state=KeyState.ENABLED)
    related = [key, *related_keys(store, key)]
    if all_arrived(related, material_id):
        for one in related:
            change_key(store, one, generations=ready_to_rotate(one, material_id))


def forget_material(store: Store, key: KeyRecord, material_id: str) -> KeyRecord:
    """Erase imported material; a key that lacks any for good waits for its import again, unless its deletion is pending."""
    prefix = material_id[:MATERIAL_PREFIX_DIGITS]
    if material_named(store, key, prefix) is not None:
        store.delete(MATERIALS, key.account_id, key.region, key.key_id, prefix)
    key = change_key(store, key, generations=without(key, material_id))
    if key.state in (KeyState.ENABLED, KeyState.DISABLED) and lacks_material(key):
        key = change_key(store, key, state=KeyState.PENDING_IMPORT)
    return key


def forget_expired_material(store: Store, key: KeyRecord, now: float) -> None:
    """Erase all material of `key` that has reached its ValidTo."""
    for one in key.generations:
        if one.present and one.valid_to is not None and one.valid_to <= now:
            key = forget_material(store, key, one.material_id)
