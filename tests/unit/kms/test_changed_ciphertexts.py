"""Changed ciphertexts and contexts through Decrypt and ReEncrypt: one and the same answer for everything that was changed."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.kms.bench import Bench

from strongroom.core.errors import ApiError

CONTEXT = {"purpose": "test", "Tenant": "ä"}
INVALID = ("InvalidCiphertextException", None)
INCORRECT = ("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
UNKNOWN = (
    "AccessDeniedException",
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.",
)
NAMES_THE_KEY = {2 * 8, *range(3 * 8, 25 * 8)}  # bits of the header: the multi-Region flag, the account, the key id


def _refusal(bench: Bench, operation: str, **request: Any) -> tuple[str, str | None]:
    with pytest.raises(ApiError) as caught:
        bench.call(operation, **request)
    return caught.value.code, caught.value.message


def _flipped(data: bytes) -> Iterator[tuple[int, bytes]]:
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        yield bit, bytes(changed)


@pytest.fixture
def key(bench: Bench) -> str:
    """A symmetric key."""
    return bench.make()


@pytest.fixture
def blob(bench: Bench, key: str) -> bytes:
    """A ciphertext of it."""
    made: bytes = bench.call("Encrypt", KeyId=key, Plaintext=b"a secret", EncryptionContext=CONTEXT)["CiphertextBlob"]
    return made


def test_no_flipped_bit_of_a_ciphertext_is_decrypted(bench: Bench, blob: bytes) -> None:
    """Where the changed bit makes it name another key, that key is unknown; everything else is invalid and nothing says why."""
    for bit, changed in _flipped(blob):
        answer = _refusal(bench, "Decrypt", CiphertextBlob=changed, EncryptionContext=CONTEXT)
        assert answer in ({INVALID, UNKNOWN} if bit in NAMES_THE_KEY else {INVALID}), bit


def test_no_flipped_bit_is_decrypted_where_the_key_is_named(bench: Bench, key: str, blob: bytes) -> None:
    """A header that names another key is of an incorrect one."""
    for bit, changed in _flipped(blob):
        answer = _refusal(bench, "Decrypt", KeyId=key, CiphertextBlob=changed, EncryptionContext=CONTEXT)
        assert answer in ({INVALID, INCORRECT} if bit in NAMES_THE_KEY else {INVALID}), bit


def test_no_flipped_bit_is_encrypted_anew(bench: Bench, key: str, blob: bytes) -> None:
    """ReEncrypt refuses what Decrypt refuses."""
    for bit, changed in list(_flipped(blob))[::7]:
        request = {"CiphertextBlob": changed, "SourceEncryptionContext": CONTEXT, "DestinationKeyId": key}
        answer = _refusal(bench, "ReEncrypt", **request)
        assert answer in ({INVALID, UNKNOWN} if bit in NAMES_THE_KEY else {INVALID}), bit


def _flipped_text(text: str) -> Iterator[str]:
    for _, changed in _flipped(text.encode()):
        decoded = changed.decode("utf-8", errors="ignore")
        if decoded != text:
            yield decoded


def _other_contexts() -> Iterator[dict[str, str]]:
    for name, value in CONTEXT.items():
        rest = {other: CONTEXT[other] for other in CONTEXT if other != name}
        yield from ({**rest, text: value} for text in _flipped_text(name))
        yield from ({**rest, name: text} for text in _flipped_text(value))
        yield rest
    yield {}
    yield {**CONTEXT, "x": "y"}
    yield dict(zip(CONTEXT.values(), CONTEXT, strict=True))


def test_no_flipped_bit_of_an_encryption_context_opens_a_ciphertext(bench: Bench, blob: bytes) -> None:
    """In keys and in values, a missing pair, one more, keys and values exchanged: the same error as for the ciphertext."""
    tried = 0
    for context in _other_contexts():
        assert _refusal(bench, "Decrypt", CiphertextBlob=blob, EncryptionContext=context) == INVALID
        tried += 1
    assert tried > 100


def test_no_changed_rsa_ciphertext_is_decrypted(bench: Bench) -> None:
    """One error again, whichever byte was changed, for any length."""
    rsa = bench.make(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    algorithm = {"KeyId": rsa, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    made = bench.call("Encrypt", **algorithm, Plaintext=b"x")["CiphertextBlob"]
    changed = [data for _, data in list(_flipped(made))[::97]]
    for data in (*changed, made[:-1], made + b"\x00", b"\x00" * 256, b"\xff" * 256, b"x"):
        assert _refusal(bench, "Decrypt", **algorithm, CiphertextBlob=data) == INVALID


def test_material_under_another_key_opens_nothing(bench: Bench) -> None:
    """The same bytes imported twice: ciphertexts are bound to the KMS key, not only to its material."""
    first, second = (bench.imported(b"m" * 32) for _ in range(2))
    blob = bench.call("Encrypt", KeyId=first, Plaintext=b"x")["CiphertextBlob"]
    assert _refusal(bench, "Decrypt", KeyId=second, CiphertextBlob=blob) == INCORRECT
    renamed = blob[:9] + bytes.fromhex(second.replace("-", "")) + blob[25:]
    assert _refusal(bench, "Decrypt", CiphertextBlob=renamed) == INVALID
