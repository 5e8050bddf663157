"""KMS ciphertext blobs of keys in external key stores: encrypted twice, by the server and by the external key.

The inner blob is an ordinary one (crypto.messages, with the flag for external key stores). Its header stays in clear; the rest is
what the proxy encrypts. Neither side alone can decrypt.

    0   header of crypto.messages (41)
    41  length of the proxy's metadata (1), metadata, length of its IV (1), IV, its tag (16), its ciphertext
"""

import hashlib

from strongroom.crypto.key_stores import ExternalCiphertext
from strongroom.crypto.messages import InvalidCiphertext

HEADER_BYTES = 41
TAG_BYTES = 16


def inner_part(blob: bytes) -> tuple[bytes, bytes]:
    """Return (header, what the proxy shall encrypt) of an inner blob."""
    return blob[:HEADER_BYTES], blob[HEADER_BYTES:]


def external_aad(header: bytes, context_aad: bytes) -> bytes:
    """Return the associated data for the proxy: the header and a digest of the encryption context, which may itself be too long."""
    return header + hashlib.sha256(context_aad).digest()


def join_external(header: bytes, sealed: ExternalCiphertext) -> bytes:
    """Return the whole blob."""
    parts = (header, bytes([len(sealed.metadata)]), sealed.metadata, bytes([len(sealed.iv)]), sealed.iv, sealed.tag, sealed.ciphertext)
    return b"".join(parts)


def split_external(blob: bytes) -> tuple[bytes, ExternalCiphertext]:
    """Return (header, the proxy's part) of a blob whose header was parsed. Raises InvalidCiphertext."""
    header, rest = blob[:HEADER_BYTES], blob[HEADER_BYTES:]
    metadata, rest = _take(rest)
    iv, rest = _take(rest)
    if len(rest) <= TAG_BYTES:
        raise InvalidCiphertext
    return header, ExternalCiphertext(rest[TAG_BYTES:], iv, rest[:TAG_BYTES], metadata)


def _take(data: bytes) -> tuple[bytes, bytes]:
    length = data[0] if data else 0
    if len(data) < 1 + length:
        raise InvalidCiphertext
    return data[1 : 1 + length], data[1 + length :]
