"""Ciphertext blobs, format 1."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFHMAC, CounterLocation, Mode
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.crypto.test_seals import flipped

from strongroom.core.secret import SecretBytes
from strongroom.crypto.kdf import kbkdf_counter
from strongroom.crypto.messages import (
    FLAG_EXTERNAL_KEY_STORE,
    FLAG_HARDWARE,
    OVERHEAD_BYTES,
    BlobHeader,
    InvalidCiphertext,
    decrypt_message,
    encode_header,
    encrypt_message,
    parse_header,
)

MATERIAL = SecretBytes(bytes(range(32)))
HEADER = BlobHeader("000000000001", "1234abcd-12ab-34cd-56ef-1234567890ab", "cd" * 16)
AAD = b"\x00\x01\x00\x01a\x00\x01b"
VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "kms-blob-v1.json").read_text())


def make(plaintext: bytes = b"hello", header: BlobHeader = HEADER) -> bytes:
    """Return a blob with fixed nonce and IV."""
    return encrypt_message(MATERIAL, header, plaintext, AAD, nonce=b"n" * 16, iv=b"i" * 12)


def opened(blob: bytes, aad: bytes = AAD, material: SecretBytes = MATERIAL) -> bytes:
    """Return the plaintext as a Decrypt would: the header is parsed first."""
    parse_header(blob)
    return decrypt_message(material, blob, aad).reveal()


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=64).filter(lambda b: 0 not in b), st.binary(max_size=64))
def test_the_key_derivation_is_sp_800_108_in_counter_mode(key: bytes, label: bytes, context: bytes) -> None:
    """Compared with cryptography's own."""
    reference = KBKDFHMAC(hashes.SHA256(), Mode.CounterMode, 32, 4, 4, CounterLocation.BeforeFixed, label, context, None)
    assert kbkdf_counter(key, label, context) == reference.derive(key)


@pytest.mark.parametrize("vector", VECTORS, ids=[v["name"] for v in VECTORS])
def test_frozen_blobs_decrypt_and_are_made_again(vector: dict[str, str]) -> None:
    """Customers keep blobs for decades."""
    material = SecretBytes(bytes.fromhex(vector["material"]))
    plaintext, aad = bytes.fromhex(vector["plaintext"]), bytes.fromhex(vector["aad"])
    blob = bytes.fromhex(vector["blob"])
    header = parse_header(blob)
    assert header == BlobHeader(vector["account_id"], vector["key_id"], vector["material_id"][:32])
    assert decrypt_message(material, blob, aad).reveal() == plaintext
    whole = BlobHeader(vector["account_id"], vector["key_id"], vector["material_id"])
    nonce, iv = bytes.fromhex(vector["nonce"]), bytes.fromhex(vector["iv"])
    assert encrypt_message(material, whole, plaintext, aad, nonce=nonce, iv=iv) == blob


def test_every_flipped_bit_of_a_blob_is_refused_with_one_error() -> None:
    """In the header too: what it says is authenticated."""
    blob = make()
    for bit in range(len(blob) * 8):
        with pytest.raises(InvalidCiphertext, match=r"^the ciphertext is invalid$"):
            opened(flipped(blob, bit))


def test_every_cut_and_every_longer_blob_is_refused() -> None:
    """The same error again."""
    blob = make()
    for changed in [*(blob[:n] for n in range(len(blob))), blob + b"\x00"]:
        with pytest.raises(InvalidCiphertext):
            opened(changed)


@pytest.mark.parametrize(
    ("aad", "material"),
    [(b"\x00\x00", MATERIAL), (AAD + b"\x00", MATERIAL), (AAD, SecretBytes(bytes(32)))],
    ids=["no context", "other context", "other key"],
)
def test_another_context_or_key_opens_nothing(aad: bytes, material: SecretBytes) -> None:
    """The error does not tell which it was."""
    with pytest.raises(InvalidCiphertext):
        opened(make(), aad, material)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(data: bytes) -> None:
    """No input makes anything but InvalidCiphertext."""
    with pytest.raises(InvalidCiphertext):
        opened(data)


@given(
    st.integers(0, 10**12 - 1),
    st.one_of(st.uuids().map(str), st.binary(min_size=16, max_size=16).map(lambda b: "mrk-" + b.hex())),
    st.binary(min_size=16, max_size=16),
    st.sampled_from([0, FLAG_EXTERNAL_KEY_STORE, FLAG_HARDWARE]),
    st.binary(max_size=100),
)
def test_headers_and_plaintexts_come_back(account: int, key_id: str, material: bytes, flags: int, plaintext: bytes) -> None:
    """And the overhead is constant."""
    header = BlobHeader(f"{account:012d}", key_id, material.hex(), flags)
    blob = make(plaintext, header)
    assert parse_header(blob) == header
    assert opened(blob) == plaintext
    assert len(blob) == len(plaintext) + OVERHEAD_BYTES


def test_an_account_beyond_twelve_digits_is_refused() -> None:
    """48 bits hold more than AWS numbers do."""
    with pytest.raises(InvalidCiphertext):
        parse_header(encode_header(BlobHeader("1" + "0" * 12, HEADER.key_id, HEADER.material_id)) + bytes(60))


def test_a_nonce_or_iv_of_another_length_is_a_programming_error() -> None:
    """It never reaches a blob."""
    with pytest.raises(ValueError, match="16 bytes"):
        encrypt_message(MATERIAL, HEADER, b"", AAD, nonce=b"n", iv=b"i" * 12)
