"""Envelopes open only unchanged."""

import pytest

from strongroom.crypto.envelope import EnvelopeDoesNotOpen, open_envelope, seal_envelope

KEY, IV = bytes(range(32)), bytes(12)


def test_an_envelope_opens_with_what_sealed_it() -> None:
    """The round trip, an empty plaintext too."""
    for plaintext in (b"", b"secret"):
        assert open_envelope(KEY, IV, seal_envelope(KEY, IV, plaintext, b"aad"), b"aad") == plaintext


@pytest.mark.parametrize(
    ("key", "iv", "flip", "aad"),
    [
        (bytes(32), IV, 0, b"aad"),
        (KEY, bytes(range(12)), 0, b"aad"),
        (KEY, IV, 1, b"aad"),
        (KEY, IV, 0, b"other"),
        (KEY[:16], IV, 0, b"aad"),
        (KEY, b"", 0, b"aad"),
    ],
)
def test_whatever_was_changed_the_answer_is_the_same(key: bytes, iv: bytes, flip: int, aad: bytes) -> None:
    """Key, IV, ciphertext, associated data."""
    sealed = bytearray(seal_envelope(KEY, IV, b"secret", b"aad"))
    sealed[0] ^= flip
    with pytest.raises(EnvelopeDoesNotOpen, match="does not open"):
        open_envelope(key, iv, bytes(sealed), aad)


def test_a_key_of_another_length_seals_nothing() -> None:
    """AES-128 is never used by accident."""
    with pytest.raises(ValueError, match="32-byte"):
        seal_envelope(KEY[:16], IV, b"", b"")
