"""KMS ciphertext blobs of symmetric keys, format 1. A change breaks blobs that customers keep: docs/adr/0002-crypto-formats.md.

    0  version = 1            9  key id (16)                    41  KDF nonce (16)
    1  algorithm = 1         25  start of key material id (16)  57  GCM IV (12)
    2  flags                                                    69  ciphertext, then the 16-byte tag
    3  account id as a 48-bit integer (6)

The message key is SP 800-108 counter KDF with HMAC-SHA-256 from the key material and the nonce; the associated data are
bytes 0 to 56 and the encoded encryption context. Everything hostile gets one answer, InvalidCiphertext.
"""

import struct

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strongroom.core.secret import SecretBytes
from strongroom.crypto.kdf import kbkdf_counter

VERSION = 1
AES_256_GCM_SP800_108 = 1
FLAG_MULTI_REGION = 1
FLAG_EXTERNAL_KEY_STORE = 2
FLAG_HARDWARE = 4
NONCE_BYTES = 16
IV_BYTES = 12
TAG_BYTES = 16
OVERHEAD_BYTES = 85
MATERIAL_PREFIX_LENGTH = 32
MULTI_REGION_PREFIX = "mrk-"

_KNOWN_FLAGS = FLAG_MULTI_REGION | FLAG_EXTERNAL_KEY_STORE | FLAG_HARDWARE
_HEAD = struct.Struct(">BBBHI16s16s")
_AAD_END = _HEAD.size + NONCE_BYTES
_BODY = _AAD_END + IV_BYTES
_LABEL = b"kms-enc-v1"
_ACCOUNTS = 10**12
_LOW_BITS = 32
_LOW = (1 << _LOW_BITS) - 1


class InvalidCiphertext(ValueError):
    """The blob is malformed, was changed, or belongs to another key or encryption context. Never says which."""

    def __init__(self) -> None:
        super().__init__("the ciphertext is invalid")


class BlobHeader(msgspec.Struct, frozen=True):
    """What a blob says about the key that made it. Nothing here is authentic until the blob has been decrypted.

    Attributes:
        account_id: 12 digits.
        key_id: a UUID, or `mrk-` and 32 hex digits.
        material_id: the first 32 hex digits of the key material's id.
        flags: FLAG_EXTERNAL_KEY_STORE and FLAG_HARDWARE; the multi-Region flag follows from `key_id`.
    """

    account_id: str
    key_id: str
    material_id: str
    flags: int = 0


def parse_header(blob: bytes) -> BlobHeader:
    """Return the header of `blob`. Raises InvalidCiphertext for anything that is no blob of this format."""
    if len(blob) < OVERHEAD_BYTES:
        raise InvalidCiphertext
    version, algorithm, flags, high, low, key, material = _HEAD.unpack_from(blob)
    account = high << _LOW_BITS | low
    if version != VERSION or algorithm != AES_256_GCM_SP800_108 or flags & ~_KNOWN_FLAGS or account >= _ACCOUNTS:
        raise InvalidCiphertext
    text = key.hex()
    is_multi_region = flags & FLAG_MULTI_REGION
    key_id = MULTI_REGION_PREFIX + text if is_multi_region else f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
    return BlobHeader(f"{account:012d}", key_id, material.hex(), flags & ~FLAG_MULTI_REGION)


def encode_header(header: BlobHeader) -> bytes:
    """Return bytes 0 to 40 of a blob. Raises ValueError if a field has not the promised shape."""
    account = int(header.account_id)
    multi_region = header.key_id.startswith(MULTI_REGION_PREFIX)
    key = bytes.fromhex(header.key_id.removeprefix(MULTI_REGION_PREFIX).replace("-", ""))
    material = bytes.fromhex(header.material_id[:MATERIAL_PREFIX_LENGTH])
    flags = header.flags | (FLAG_MULTI_REGION if multi_region else 0)
    return _HEAD.pack(VERSION, AES_256_GCM_SP800_108, flags, account >> _LOW_BITS, account & _LOW, key, material)


def encrypt_message(material: SecretBytes, header: BlobHeader, plaintext: bytes, context_aad: bytes, *, nonce: bytes, iv: bytes) -> bytes:
    """Return the ciphertext blob, OVERHEAD_BYTES longer than `plaintext`.

    Args:
        material: 32 bytes of key material.
        header: `material_id` may be given whole; its first half is stored.
        nonce: 16 fresh random bytes.
        iv: 12 fresh random bytes.
        context_aad: the encoded encryption context (kms/rules/).
    """
    if len(nonce) != NONCE_BYTES or len(iv) != IV_BYTES:
        raise ValueError("the nonce is 16 bytes and the IV 12")
    aad = encode_header(header) + nonce
    key = kbkdf_counter(material.reveal(), _LABEL, nonce)
    return aad + iv + AESGCM(key).encrypt(iv, plaintext, aad + context_aad)


def decrypt_message(material: SecretBytes, blob: bytes, context_aad: bytes) -> SecretBytes:
    """Return the plaintext of a blob whose header `parse_header` has accepted. Raises InvalidCiphertext, whatever is wrong."""
    key = kbkdf_counter(material.reveal(), _LABEL, blob[_HEAD.size : _AAD_END])
    try:
        return SecretBytes(AESGCM(key).decrypt(blob[_AAD_END:_BODY], blob[_BODY:], blob[:_AAD_END] + context_aad))
    except (InvalidTag, ValueError):
        raise InvalidCiphertext from None
