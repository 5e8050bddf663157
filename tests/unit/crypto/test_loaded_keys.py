"""Loaded private keys live as long as their bytes."""

import gc

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from strongroom.core.secret import SecretBytes
from strongroom.crypto.keys.loaded import LoadedKeys
from strongroom.crypto.keys.pairs import generate_pair


def test_a_key_is_loaded_once_for_the_same_bytes() -> None:
    """Equal bytes elsewhere are another key."""
    keys = LoadedKeys()
    private = generate_pair("ECC_NIST_P256").private_key
    again = SecretBytes(private.reveal())
    assert keys.of(private) is keys.of(private)
    assert keys.of(again) is not keys.of(private)
    assert keys.of(private).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()) == private.reveal()


def test_a_loaded_key_goes_with_its_bytes() -> None:
    """Nothing stays of what was deleted, and a place that is used again holds the new key."""
    keys = LoadedKeys()
    for _ in range(50):
        private = generate_pair("ECC_NIST_EDWARDS25519").private_key
        loaded = keys.of(private)
        assert loaded.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()) == private.reveal()
        del private, loaded
        gc.collect(0)
        assert len(keys) == 0
