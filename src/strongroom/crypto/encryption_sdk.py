"""AWS Encryption SDK messages, format 1, algorithm suite 0x0178, one block, one encrypted data key.

AES-256-GCM with a 12-byte IV and a 16-byte tag; the message key is HKDF with SHA-256 of the data key, without salt, the
info being the suite's id and the message id. A customer can open such a message with any AWS Encryption SDK.

Source: AWS Encryption SDK Developer Guide, "Message format reference" and "Algorithms reference".
"""

import struct
from collections.abc import Mapping
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from strongroom.core.errors import OperatorError

DATA_KEY_BYTES = 32
MESSAGE_ID_BYTES = 16
IV_BYTES = 12
TAG_BYTES = 16
PROVIDER = b"aws-kms"

_VERSION_1 = 1
_CUSTOMER_AUTHENTICATED = 0x80
_AES_256_GCM_HKDF_SHA256 = 0x0178
_NOT_FRAMED = 1
_BODY_AAD = b"AWSKMSEncryptionClient Single Block"
_HEADER_IV = bytes(IV_BYTES)  # sequence number 0 and 1: each message has a key of its own
_BODY_IV = (1).to_bytes(IV_BYTES, "big")
_HEAD = struct.Struct(">BBH16s")
_TAIL = struct.Struct(">B4xBI")  # content type, reserved, IV length, frame length
_U16 = struct.Struct(">H")
_U64 = struct.Struct(">Q")


class MessageDoesNotOpen(OperatorError):
    """The message is malformed, was changed, or this is not its data key: one answer for all."""

    def __init__(self) -> None:
        super().__init__("an Encryption SDK message does not open: it was changed outside the server")


class Message(NamedTuple):
    """A parsed message. Nothing is authentic until `open_message` has opened it.

    Attributes:
        header: its serialised header, which the header tag and so the data key authenticates.
        encrypted_data_key: what KMS made of the data key.
    """

    message_id: bytes
    header: bytes
    encrypted_data_key: bytes
    header_iv: bytes
    header_tag: bytes
    body_iv: bytes
    ciphertext: bytes


def _sized(data: bytes) -> bytes:
    return _U16.pack(len(data)) + data


def _context_bytes(context: Mapping[str, str]) -> bytes:
    """Return the encryption context as the header holds it: empty, or a count and the pairs sorted by their UTF-8."""
    if not context:
        return b""
    pairs = sorted((key.encode(), value.encode()) for key, value in context.items())
    return _U16.pack(len(pairs)) + b"".join(_sized(key) + _sized(value) for key, value in pairs)


def _message_key(data_key: bytes, message_id: bytes) -> AESGCM:
    info = _U16.pack(_AES_256_GCM_HKDF_SHA256) + message_id
    return AESGCM(HKDF(SHA256(), DATA_KEY_BYTES, salt=None, info=info).derive(data_key))


def _body_aad(message_id: bytes, length: int) -> bytes:
    return message_id + _BODY_AAD + (1).to_bytes(4, "big") + _U64.pack(length)


def seal_message(
    data_key: bytes, message_id: bytes, context: Mapping[str, str], key_arn: str, encrypted_data_key: bytes, plaintext: bytes
) -> bytes:
    """Return `plaintext` as an Encryption SDK message.

    Args:
        data_key: 32 bytes, fresh for this message.
        message_id: 16 random bytes.
        context: the encryption context under which KMS made the data key.
        key_arn: of the KMS key.
        encrypted_data_key: the CiphertextBlob of GenerateDataKey.
    """
    header = (
        _HEAD.pack(_VERSION_1, _CUSTOMER_AUTHENTICATED, _AES_256_GCM_HKDF_SHA256, message_id)
        + _sized(_context_bytes(context))
        + _U16.pack(1)
        + _sized(PROVIDER)
        + _sized(key_arn.encode())
        + _sized(encrypted_data_key)
        + _TAIL.pack(_NOT_FRAMED, IV_BYTES, 0)
    )
    key = _message_key(data_key, message_id)
    header_tag = key.encrypt(_HEADER_IV, b"", header)
    body = key.encrypt(_BODY_IV, plaintext, _body_aad(message_id, len(plaintext)))
    return header + _HEADER_IV + header_tag + _BODY_IV + _U64.pack(len(plaintext)) + body


class _Reader:
    """Takes bytes off a message from its start. Raises MessageDoesNotOpen where there are not enough."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def take(self, length: int) -> bytes:
        taken = self._data[self.at : self.at + length]
        if len(taken) != length:
            raise MessageDoesNotOpen
        self.at += length
        return taken

    def sized(self) -> bytes:
        (length,) = _U16.unpack(self.take(_U16.size))
        return self.take(length)


def parse_message(data: bytes) -> Message:
    """Return the parts of a message that `seal_message` made. Raises MessageDoesNotOpen for anything else."""
    reader = _Reader(data)
    version, kind, suite, message_id = _HEAD.unpack(reader.take(_HEAD.size))
    reader.sized()
    (keys,) = _U16.unpack(reader.take(_U16.size))
    if (version, kind, suite, keys) != (_VERSION_1, _CUSTOMER_AUTHENTICATED, _AES_256_GCM_HKDF_SHA256, 1):
        raise MessageDoesNotOpen
    provider, _, encrypted_data_key = reader.sized(), reader.sized(), reader.sized()
    content, iv_length, frame_length = _TAIL.unpack(reader.take(_TAIL.size))
    if (provider, content, iv_length, frame_length) != (PROVIDER, _NOT_FRAMED, IV_BYTES, 0):
        raise MessageDoesNotOpen
    header = data[: reader.at]
    header_iv, header_tag, body_iv = reader.take(IV_BYTES), reader.take(TAG_BYTES), reader.take(IV_BYTES)
    (length,) = _U64.unpack(reader.take(_U64.size))
    ciphertext = reader.take(length + TAG_BYTES)
    if reader.at != len(data):
        raise MessageDoesNotOpen
    return Message(message_id, header, encrypted_data_key, header_iv, header_tag, body_iv, ciphertext)


def open_message(message: Message, data_key: bytes) -> bytes:
    """Return the plaintext. Raises MessageDoesNotOpen if anything differs from what was sealed."""
    try:
        key = _message_key(data_key, message.message_id)
        key.decrypt(message.header_iv, message.header_tag, message.header)
        aad = _body_aad(message.message_id, len(message.ciphertext) - TAG_BYTES)
        return key.decrypt(message.body_iv, message.ciphertext, aad)
    except (InvalidTag, ValueError):
        raise MessageDoesNotOpen from None
