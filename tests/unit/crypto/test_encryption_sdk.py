"""AWS Encryption SDK messages, read by a decoder that follows the published format and shares no code with the writer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.crypto.encryption_sdk_decoder import decode

from strongroom.crypto.encryption_sdk import MessageDoesNotOpen, open_message, parse_message, seal_message

KEY = bytes(range(32))
MESSAGE_ID = bytes(range(100, 116))
ARN = "arn:aws:kms:eu-west-1:111122223333:key/k"
CONTEXT = {"PARAMETER_ARN": "arn:aws:ssm:eu-west-1:111122223333:parameter/x", "Ä": "ö"}


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
