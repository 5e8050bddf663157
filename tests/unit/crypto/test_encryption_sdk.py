"""AWS Encryption SDK messages, read by a decoder that follows the published format and shares no code with the writer."""

import hashlib
import hmac
import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from strongroom.crypto.encryption_sdk import MessageDoesNotOpen, open_message, parse_message, seal_message

KEY = bytes(range(32))
MESSAGE_ID = bytes(range(100, 116))
ARN = "arn:aws:kms:eu-west-1:111122223333:key/k"
CONTEXT = {"PARAMETER_ARN": "arn:aws:ssm:eu-west-1:111122223333:parameter/x", "Ä": "ö"}


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


@given(st.binary(max_size=200), st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3))
def test_a_message_is_what_the_published_format_says(plaintext: bytes, context: dict[str, str]) -> None:
    """An independent decoder finds the context, the data key and the plaintext."""
    message = seal_message(KEY, MESSAGE_ID, context, ARN, b"blob", plaintext)
    assert decode(message, KEY) == (context, [("aws-kms", ARN, b"blob")], plaintext)


def test_a_message_opens_to_what_was_sealed() -> None:
    """And it hands out the encrypted data key for KMS."""
    message = parse_message(seal_message(KEY, MESSAGE_ID, CONTEXT, ARN, b"blob", b"secret"))
    assert message.encrypted_data_key == b"blob"
    assert open_message(message, KEY) == b"secret"


def test_no_changed_byte_and_no_other_key_opens_a_message() -> None:
    """Header, tags, IVs, lengths and body are all authenticated: one answer for everything."""
    sealed = seal_message(KEY, MESSAGE_ID, CONTEXT, ARN, b"blob", b"secret")
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(MessageDoesNotOpen):
            open_message(parse_message(bytes(changed)), KEY)
    with pytest.raises(MessageDoesNotOpen):
        open_message(parse_message(sealed), bytes(32))
    with pytest.raises(MessageDoesNotOpen):
        open_message(parse_message(sealed), b"short")


@given(st.binary(max_size=300), st.integers(0, 300))
def test_no_bytes_break_the_parser(noise: bytes, length: int) -> None:
    """Cut and foreign messages are refused in the same way."""
    sealed = seal_message(KEY, MESSAGE_ID, CONTEXT, ARN, b"blob", b"secret")
    for data in (noise, sealed[:length][: len(sealed) - 1], sealed + noise + b"x"):
        with pytest.raises(MessageDoesNotOpen):
            parse_message(data)
