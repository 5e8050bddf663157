"""Encrypting and decrypting over the wire."""

from typing import Any

import pytest
from tests.support.clients import Clients
from tests.wire.kms.support import DRY_RUN, account_policy, allow, each_refused, make_key, refused

CONTEXT = {"purpose": "test", "Tenant": "ä"}
ANOTHER_KEY = "The key ID in the request does not identify a CMK that can perform this operation."
UNKNOWN_KEY = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."
)


def test_what_was_encrypted_decrypts_without_naming_the_key(clients: Clients) -> None:
    """The blob names it; the answer holds its ARN and the material's id."""
    key = make_key(clients.kms)
    material = clients.kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    made = clients.kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=CONTEXT)
    assert (made["KeyId"], made["EncryptionAlgorithm"]) == (key, "SYMMETRIC_DEFAULT")
    opened: Any = clients.kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=dict(reversed(CONTEXT.items())))
    assert (opened["Plaintext"], opened["KeyId"], opened["KeyMaterialId"]) == (b"secret", key, material)
    assert opened["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"


def test_two_encryptions_differ_and_4096_bytes_fit(clients: Clients) -> None:
    """And one byte more is refused without showing the plaintext."""
    key = make_key(clients.kms)
    blobs = [clients.kms.encrypt(KeyId=key, Plaintext=b"p" * 4096)["CiphertextBlob"] for _ in range(2)]
    assert blobs[0] != blobs[1]
    assert len(blobs[0]) <= 6144
    assert clients.kms.decrypt(CiphertextBlob=blobs[0])["Plaintext"] == b"p" * 4096
    long = "Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096"
    with refused("ValidationException", f"1 validation error detected: {long}"):
        clients.kms.encrypt(KeyId=key, Plaintext=b"p" * 4097)


@pytest.mark.parametrize("context", [{}, {"purpose": "test"}, {**CONTEXT, "x": "y"}, {"purpose": "Test", "Tenant": "ä"}])
def test_another_context_does_not_open_a_ciphertext(clients: Clients, context: dict[str, str]) -> None:
    """No message says what is wrong."""
    blob = clients.kms.encrypt(KeyId=make_key(clients.kms), Plaintext=b"x", EncryptionContext=CONTEXT)["CiphertextBlob"]
    with refused("InvalidCiphertextException", None):
        clients.kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)


def test_a_changed_or_made_up_ciphertext_is_invalid(clients: Clients) -> None:
    """Whichever byte of the body, nonce or tag was changed."""
    key = make_key(clients.kms)
    blob = clients.kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    for place in (41, 60, len(blob) - 20, len(blob) - 1):
        changed = blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :]
        with refused("InvalidCiphertextException", None):
            clients.kms.decrypt(CiphertextBlob=changed)
    for made_up in (b"x", b"\x00" * 200, blob[:80]):
        with refused("InvalidCiphertextException", None):
            clients.kms.decrypt(CiphertextBlob=made_up)
        with refused("InvalidCiphertextException", None):
            clients.kms.decrypt(CiphertextBlob=made_up, KeyId=key)


def test_naming_another_key_is_an_incorrect_key(clients: Clients) -> None:
    """For Decrypt and for ReEncrypt's source."""
    key, other = make_key(clients.kms), make_key(clients.kms)
    blob = clients.kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert clients.kms.decrypt(CiphertextBlob=blob, KeyId=key)["Plaintext"] == b"x"
    with refused("IncorrectKeyException", ANOTHER_KEY):
        clients.kms.decrypt(CiphertextBlob=blob, KeyId=other)
    with refused("IncorrectKeyException", ANOTHER_KEY):
        clients.kms.re_encrypt(CiphertextBlob=blob, SourceKeyId=other, DestinationKeyId=key)


def test_a_ciphertext_of_a_key_elsewhere_or_not_for_the_caller_has_one_answer(clients: Clients, make_account: Any, make_user: Any) -> None:
    """Another Region, another account, no permission."""
    blob = clients.kms.encrypt(KeyId=make_key(clients.kms), Plaintext=b"x")["CiphertextBlob"]
    elsewhere = clients.in_region("us-east-1")
    for other in (elsewhere, make_account(), make_user(clients)):
        with refused("AccessDeniedException", UNKNOWN_KEY):
            other.kms.decrypt(CiphertextBlob=blob)
    elsewhere.close()


def test_re_encrypting_moves_to_another_key_and_context(clients: Clients) -> None:
    """Both keys are named in the answer."""
    source, destination = make_key(clients.kms), make_key(clients.kms)
    blob = clients.kms.encrypt(KeyId=source, Plaintext=b"x", EncryptionContext={"a": "1"})["CiphertextBlob"]
    moved: Any = clients.kms.re_encrypt(
        CiphertextBlob=blob,
        SourceEncryptionContext={"a": "1"},
        DestinationKeyId=destination,
        DestinationEncryptionContext={"b": "2"},
    )
    assert (moved["SourceKeyId"], moved["KeyId"]) == (source, destination)
    assert len(moved["SourceKeyMaterialId"]) == len(moved["DestinationKeyMaterialId"]) == 64
    opened = clients.kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"b": "2"})
    assert (opened["KeyId"], opened["Plaintext"]) == (destination, b"x")


def test_re_encrypting_takes_rights_on_both_keys(clients: Clients, make_user: Any) -> None:
    """kms:ReEncryptFrom on the source, kms:ReEncryptTo on the destination."""
    user = make_user(clients, "mover")
    arn = f"arn:aws:iam::{clients.account_id}:user/mover"
    source = make_key(clients.kms, Policy=account_policy(clients, allow(arn, "kms:ReEncryptFrom")))
    open_to = make_key(clients.kms, Policy=account_policy(clients, allow(arn, "kms:ReEncryptTo")))
    blob = clients.kms.encrypt(KeyId=source, Plaintext=b"x")["CiphertextBlob"]
    user.kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=open_to)
    with refused("AccessDeniedException"):
        user.kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=source)
    with refused("AccessDeniedException", UNKNOWN_KEY):
        user.kms.re_encrypt(CiphertextBlob=clients.kms.encrypt(KeyId=open_to, Plaintext=b"x")["CiphertextBlob"], DestinationKeyId=open_to)


@pytest.mark.parametrize(
    ("parameters", "length"), [({"KeySpec": "AES_128"}, 16), ({"KeySpec": "AES_256"}, 32), ({"NumberOfBytes": 1024}, 1024)]
)
def test_data_keys_have_the_length_asked_for(clients: Clients, parameters: Any, length: int) -> None:
    """And their ciphertext opens to them."""
    key = make_key(clients.kms)
    made = clients.kms.generate_data_key(KeyId=key, EncryptionContext=CONTEXT, **parameters)
    assert (len(made["Plaintext"]), made["KeyId"]) == (length, key)
    assert clients.kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT)["Plaintext"] == made["Plaintext"]
    hidden = clients.kms.generate_data_key_without_plaintext(KeyId=key, **parameters)
    assert "Plaintext" not in hidden
    assert len(clients.kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]) == length


@pytest.mark.parametrize("parameters", [{}, {"KeySpec": "AES_256", "NumberOfBytes": 32}])
def test_a_data_key_has_exactly_one_length(clients: Clients, parameters: Any) -> None:
    """Neither none nor two."""
    with refused("ValidationException", "Please specify either number of bytes or key spec."):
        clients.kms.generate_data_key(KeyId=make_key(clients.kms), **parameters)


def test_a_key_of_another_usage_does_not_encrypt(clients: Clients) -> None:
    """The text names usage and operation."""
    key = make_key(clients.kms, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    usage = f"{key} key usage is GENERATE_VERIFY_MAC which is not valid for"
    with refused("InvalidKeyUsageException", f"{usage} Encrypt."):
        clients.kms.encrypt(KeyId=key, Plaintext=b"x")
    with refused("InvalidKeyUsageException", f"{usage} GenerateDataKey."):
        clients.kms.generate_data_key(KeyId=key, KeySpec="AES_256")


def test_an_algorithm_of_other_keys_is_refused(clients: Clients) -> None:
    """RSA algorithms are for RSA keys."""
    with refused("InvalidKeyUsageException", "Algorithm RSAES_OAEP_SHA_1 is incompatible with key spec SYMMETRIC_DEFAULT."):
        clients.kms.encrypt(KeyId=make_key(clients.kms), Plaintext=b"x", EncryptionAlgorithm="RSAES_OAEP_SHA_1")


def test_a_dry_run_checks_everything_and_does_nothing(clients: Clients) -> None:
    """Failing checks give their own error."""
    kms: Any = clients.kms
    key = make_key(kms)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    each_refused(
        "DryRunOperationException",
        DRY_RUN,
        lambda: kms.encrypt(KeyId=key, Plaintext=b"x", DryRun=True),
        lambda: kms.decrypt(CiphertextBlob=blob, DryRun=True),
        lambda: kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key, DryRun=True),
        lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256", DryRun=True),
        lambda: kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_256", DryRun=True),
        lambda: kms.decrypt(KeyId=key, DryRun=True, DryRunModifiers=["IGNORE_CIPHERTEXT"]),
        lambda: kms.re_encrypt(SourceKeyId=key, DestinationKeyId=key, DryRun=True, DryRunModifiers=["IGNORE_CIPHERTEXT"]),
    )
    kms.disable_key(KeyId=key)
    with refused("DisabledException"):
        kms.encrypt(KeyId=key, Plaintext=b"x", DryRun=True)


def test_leaving_the_ciphertext_out_takes_a_dry_run_and_a_key(clients: Clients) -> None:
    """The modifier means nothing by itself."""
    kms: Any = clients.kms
    key = make_key(kms)
    with refused("ValidationException"):
        kms.decrypt(KeyId=key)
    with refused("ValidationException"):
        kms.decrypt(KeyId=key, DryRunModifiers=["IGNORE_CIPHERTEXT"])
    with refused("ValidationException"):
        kms.decrypt(DryRun=True, DryRunModifiers=["IGNORE_CIPHERTEXT"])


def test_an_enclave_s_answer_is_never_given_in_the_clear(clients: Clients) -> None:
    """Attestation documents can't be checked here, so the call is refused."""
    with refused("UnsupportedOperationException"):
        clients.kms.generate_random(
            NumberOfBytes=1, Recipient={"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"x"}
        )
