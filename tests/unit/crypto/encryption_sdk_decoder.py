"""A decoder of AWS Encryption SDK messages that follows the published format and shares no code with the writer."""

import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def gcm_open(key: bytes, iv: bytes, data: bytes, tag: bytes, aad: bytes) -> bytes:
    """Decrypt and authenticate."""
    decryptor = Cipher(algorithms.AES(key), modes.GCM(iv, tag)).decryptor()
    decryptor.authenticate_additional_data(aad)
    return decryptor.update(data) + decryptor.finalize()


def decode(message: bytes, data_key: bytes) -> tuple[dict[str, str], list[tuple[str, str, bytes]], bytes]:
    """Return context, encrypted data keys and plaintext of a version 1 message, as the Developer Guide describes it."""
    assert message[0:2] == b"\x01\x80"
    suite, message_id = message[2:4], message[4:20]
    assert suite == b"\x01\x78"
    at = 22
    context = {}
    end = at + int.from_bytes(message[20:22], "big")
    if end > at:
        count, at = int.from_bytes(message[at : at + 2], "big"), at + 2
        for _ in range(count):
            texts = []
            for _ in range(2):
                length = int.from_bytes(message[at : at + 2], "big")
                texts.append(message[at + 2 : at + 2 + length].decode())
                at += 2 + length
            context[texts[0]] = texts[1]
    assert at == end
    keys, at = int.from_bytes(message[at : at + 2], "big"), at + 2
    encrypted = []
    for _ in range(keys):
        parts = []
        for _ in range(3):
            length = int.from_bytes(message[at : at + 2], "big")
            parts.append(message[at + 2 : at + 2 + length])
            at += 2 + length
        encrypted.append((parts[0].decode(), parts[1].decode(), parts[2]))
    content, reserved, iv_length, frame = struct.unpack(">BIBI", message[at : at + 10])
    assert (content, reserved, iv_length, frame) == (1, 0, 12, 0)
    at += 10
    header = message[:at]
    pseudo_random = hmac.new(bytes(32), data_key, hashlib.sha256).digest()
    derived = hmac.new(pseudo_random, suite + message_id + b"\x01", hashlib.sha256).digest()
    assert gcm_open(derived, message[at : at + 12], b"", message[at + 12 : at + 28], header) == b""
    at += 28
    iv, length = message[at : at + 12], int.from_bytes(message[at + 12 : at + 20], "big")
    at += 20
    aad = message_id + b"AWSKMSEncryptionClient Single Block" + b"\x00\x00\x00\x01" + length.to_bytes(8, "big")
    assert len(message) == at + length + 16
    return context, encrypted, gcm_open(derived, iv, message[at : at + length], message[at + length :], aad)
