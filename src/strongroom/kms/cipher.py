"""Encrypting and decrypting under a key whose use has been authorised: what Encrypt, Decrypt, ReEncrypt and data keys share."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from strongroom.calls.call import Call
from strongroom.core.errors import ValidationFailed
from strongroom.core.secret import SecretBytes
from strongroom.crypto import messages
from strongroom.crypto.keys.rsa_cipher import rsa_decrypt, rsa_encrypt
from strongroom.kms.errors import DryRun, IncorrectKey, InvalidCiphertext, UnsupportedOperation
from strongroom.kms.external import decrypt_externally, encrypt_externally
from strongroom.kms.materials import current_material, material_named
from strongroom.kms.records import KeyRecord, KeyUsage, MaterialRecord
from strongroom.kms.rules.context import context_aad
from strongroom.kms.rules.specs import ensure_algorithm, ensure_usage, is_symmetric
from strongroom.kms.states import ensure_allowed

Context = Mapping[str, str] | None


class Encrypted(NamedTuple):
    """A ciphertext blob and the id of the material that made it (None for asymmetric keys and external key stores)."""

    blob: bytes
    material_id: str | None


class Decrypted(NamedTuple):
    """A plaintext and the id of the material that opened it (None for asymmetric keys and external key stores)."""

    plaintext: SecretBytes
    material_id: str | None


def ensure_wanted(request: Mapping[str, Any]) -> None:
    """Return unless the request is a dry run: everything before this has been checked. Raises DryRun."""
    if request.get("DryRun"):
        raise DryRun


def ensure_no_recipient(request: Mapping[str, Any]) -> None:
    """Return unless the answer is meant for an attested enclave, whose documents this server can't check. Raises UnsupportedOperation."""
    if "Recipient" in request:
        raise UnsupportedOperation("Recipient is not supported.")


def header_of(blob: bytes) -> messages.BlobHeader:
    """Return what a symmetric blob says about its key. Raises InvalidCiphertext."""
    try:
        return messages.parse_header(blob)
    except messages.InvalidCiphertext:
        raise InvalidCiphertext from None


def ensure_no_context(context: Context) -> None:
    """Return if there is no encryption context, which only symmetric keys can bind to. Raises ValidationFailed."""
    if context:
        raise ValidationFailed("An encryption context is supported only with symmetric encryption KMS keys.")


def ensure_encrypts(call: Call, key: KeyRecord, algorithm: str, operation: str, context: Context) -> None:
    """Return if `key` can encrypt with `algorithm` now.

    Raises KeyDisabled or InvalidState, InvalidKeyUsage, or ValidationFailed for a context that the key can't bind to.
    """
    ensure_allowed(call, operation, key)
    ensure_usage(key, KeyUsage.ENCRYPT_DECRYPT, operation)
    ensure_algorithm(key, algorithm)
    if not is_symmetric(key):
        ensure_no_context(context)


def encrypt_under(call: Call, key: KeyRecord, algorithm: str, plaintext: bytes, context: Context) -> Encrypted:
    """Encrypt under a symmetric or an RSA key that `ensure_encrypts` has accepted."""
    if is_symmetric(key):
        return encrypt_symmetric(call, key, plaintext, context)
    return Encrypted(rsa_encrypt(current_material(call.store, key).public_key, algorithm, plaintext), None)


def decrypt_asymmetric(call: Call, key: KeyRecord, algorithm: str, blob: bytes) -> Decrypted:
    """Open a ciphertext with an RSA key. Raises InvalidCiphertext."""
    call.ensure_may_block()
    try:
        return Decrypted(rsa_decrypt(current_material(call.store, key).secret, algorithm, blob), None)
    except messages.InvalidCiphertext:
        raise InvalidCiphertext from None


def encrypt_symmetric(call: Call, key: KeyRecord, plaintext: bytes, context: Context) -> Encrypted:
    """Encrypt under the current material of a symmetric key."""
    material = current_material(call.store, key)
    blob = messages.encrypt_message(
        material.secret,
        messages.BlobHeader(key.account_id, key.key_id, material.material_id, messages.FLAG_EXTERNAL_KEY_STORE if key.xks_key_id else 0),
        plaintext,
        context_aad(context),
        nonce=call.random_bytes(messages.NONCE_BYTES),
        iv=call.random_bytes(messages.IV_BYTES),
    )
    if key.xks_key_id is not None:
        return Encrypted(encrypt_externally(call, key, blob, context), None)
    return Encrypted(blob, material.material_id)


def material_of_blob(call: Call, key: KeyRecord, header: messages.BlobHeader) -> MaterialRecord:
    """Return the material that a symmetric blob with this header was made with.

    Raises:
        InvalidCiphertext: a blob of material that the key never had.
        IncorrectKey: a blob of another key.
    """
    if (header.account_id, header.key_id) != (key.account_id, key.key_id):
        raise IncorrectKey
    material = material_named(call.store, key, header.material_id)
    if material is None:
        raise InvalidCiphertext
    return material


def decrypt_symmetric(call: Call, key: KeyRecord, material: MaterialRecord, blob: bytes, context: Context) -> Decrypted:
    """Open a blob with its material. Raises InvalidCiphertext for a changed blob or another encryption context."""
    if key.xks_key_id is not None:
        return Decrypted(decrypt_externally(call, key, material, blob, context), None)
    try:
        plaintext = messages.decrypt_message(material.secret, blob, context_aad(context))
    except messages.InvalidCiphertext:
        raise InvalidCiphertext from None
    return Decrypted(plaintext, material.material_id)
