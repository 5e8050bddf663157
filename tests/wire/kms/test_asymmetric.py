"""Asymmetric, HMAC and post-quantum keys over the wire."""

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key, load_der_public_key
from tests.support.clients import Clients
from tests.wire.kms.support import DRY_RUN, make_key, refused

SIGNERS = [
    ("RSA_2048", "RSASSA_PSS_SHA_256"),
    ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_512"),
    ("ECC_NIST_P256", "ECDSA_SHA_256"),
    ("ECC_NIST_P384", "ECDSA_SHA_384"),
    ("ECC_NIST_P521", "ECDSA_SHA_512"),
    ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
    ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512"),
    ("ML_DSA_44", "ML_DSA_SHAKE_256"),
    ("ML_DSA_65", "ML_DSA_SHAKE_256"),
    ("ML_DSA_87", "ML_DSA_SHAKE_256"),
]


@pytest.mark.parametrize(("spec", "algorithm"), SIGNERS)
def test_a_signature_verifies_and_a_changed_message_is_an_error(clients: Clients, spec: Any, algorithm: Any) -> None:
    """Never a false, and no message."""
    kms = clients.kms
    key = make_key(kms, KeySpec=spec, KeyUsage="SIGN_VERIFY")
    signed = kms.sign(KeyId=key, Message=b"message", SigningAlgorithm=algorithm)
    assert (signed["KeyId"], signed["SigningAlgorithm"]) == (key, algorithm)
    good: Any = {"KeyId": key, "Message": b"message", "Signature": signed["Signature"], "SigningAlgorithm": algorithm}
    verified = kms.verify(**good)
    assert (verified["KeyId"], verified["SignatureValid"]) == (key, True)
    for change in ({"Message": b"other"}, {"Signature": b"x"}):
        with refused("KMSInvalidSignatureException", None):
            kms.verify(**{**good, **change})
    with refused("DryRunOperationException", DRY_RUN):
        kms.sign(KeyId=key, Message=b"message", SigningAlgorithm=algorithm, DryRun=True)


def test_a_digest_must_have_its_hash_s_length(clients: Clients) -> None:
    """And signs like the message itself."""
    kms = clients.kms
    key = make_key(kms, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    digest = hashlib.sha256(b"message").digest()
    signature = kms.sign(KeyId=key, Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    kms.verify(KeyId=key, Message=b"message", Signature=signature, SigningAlgorithm="ECDSA_SHA_256")
    with refused("ValidationException", "Digest is invalid length for algorithm ECDSA_SHA_256."):
        kms.sign(KeyId=key, Message=b"short", MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256")


@pytest.mark.parametrize(
    ("spec", "algorithm", "message_type"),
    [
        ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512", "DIGEST"),
        ("ECC_NIST_EDWARDS25519", "ED25519_PH_SHA_512", "RAW"),
        ("ML_DSA_44", "ML_DSA_SHAKE_256", "DIGEST"),
        ("ECC_NIST_P256", "ECDSA_SHA_256", "EXTERNAL_MU"),
    ],
)
def test_message_types_belong_to_algorithms(clients: Clients, spec: Any, algorithm: Any, message_type: Any) -> None:
    """A type that the algorithm does not have is refused."""
    key = make_key(clients.kms, KeySpec=spec, KeyUsage="SIGN_VERIFY")
    with refused("ValidationException"):
        clients.kms.sign(KeyId=key, Message=bytes(64), MessageType=message_type, SigningAlgorithm=algorithm)


def test_ed25519ph_takes_the_digest(clients: Clients) -> None:
    """And its signature is not one over the message."""
    kms: Any = clients.kms
    key = make_key(kms, KeySpec="ECC_NIST_EDWARDS25519", KeyUsage="SIGN_VERIFY")
    parameters = {"KeyId": key, "Message": bytes(64), "MessageType": "DIGEST", "SigningAlgorithm": "ED25519_PH_SHA_512"}
    signature = kms.sign(**parameters)["Signature"]
    assert len(signature) == 64
    assert kms.verify(**parameters, Signature=signature)["SignatureValid"]


def test_other_software_verifies_with_the_public_key(clients: Clients) -> None:
    """GetPublicKey says what the key is good for."""
    key = make_key(clients.kms, KeySpec="ECC_NIST_P384", KeyUsage="SIGN_VERIFY")
    shown = clients.kms.get_public_key(KeyId=key)
    assert (shown["KeyId"], shown["KeySpec"], shown["KeyUsage"], shown["SigningAlgorithms"]) == (
        key,
        "ECC_NIST_P384",
        "SIGN_VERIFY",
        ["ECDSA_SHA_384"],
    )
    public = load_der_public_key(shown["PublicKey"])
    assert isinstance(public, ec.EllipticCurvePublicKey)
    signature = clients.kms.sign(KeyId=key, Message=b"message", SigningAlgorithm="ECDSA_SHA_384")["Signature"]
    public.verify(signature, b"message", ec.ECDSA(hashes.SHA384()))


@pytest.mark.parametrize(("spec", "usage"), [("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"), ("HMAC_256", "GENERATE_VERIFY_MAC")])
def test_secret_keys_have_no_public_key(clients: Clients, spec: Any, usage: Any) -> None:
    """The operation does not exist for them."""
    with refused("UnsupportedOperationException"):
        clients.kms.get_public_key(KeyId=make_key(clients.kms, KeySpec=spec, KeyUsage=usage))


def test_rsa_keys_encrypt_and_decrypt(clients: Clients) -> None:
    """With either algorithm; what was encrypted outside opens too."""
    kms = clients.kms
    key = make_key(kms, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    made: Any = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionAlgorithm="RSAES_OAEP_SHA_1")
    assert (len(made["CiphertextBlob"]), made["EncryptionAlgorithm"]) == (256, "RSAES_OAEP_SHA_1")
    opened: Any = kms.decrypt(KeyId=key, CiphertextBlob=made["CiphertextBlob"], EncryptionAlgorithm="RSAES_OAEP_SHA_1")
    assert (opened["Plaintext"], opened["KeyId"]) == (b"x", key)
    assert "KeyMaterialId" not in opened
    public = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(public, rsa.RSAPublicKey)
    outside = public.encrypt(b"outside", padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    assert kms.decrypt(KeyId=key, CiphertextBlob=outside, EncryptionAlgorithm="RSAES_OAEP_SHA_256")["Plaintext"] == b"outside"
    with refused("InvalidCiphertextException", None):
        kms.decrypt(KeyId=key, CiphertextBlob=b"x" * 256, EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    with refused("ValidationException", "Algorithm RSAES_OAEP_SHA_1 and key spec RSA_2048 cannot encrypt data larger than 214 bytes."):
        kms.encrypt(KeyId=key, Plaintext=b"x" * 215, EncryptionAlgorithm="RSAES_OAEP_SHA_1")
    with refused("InvalidKeyUsageException", "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048."):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    with refused("ValidationException"):
        kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionAlgorithm="RSAES_OAEP_SHA_1", EncryptionContext={"a": "b"})


def test_a_key_of_another_kind_is_an_incorrect_key(clients: Clients) -> None:
    """A symmetric ciphertext and an RSA key."""
    kms = clients.kms
    blob = kms.encrypt(KeyId=make_key(kms), Plaintext=b"x")["CiphertextBlob"]
    key = make_key(kms, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    with refused("IncorrectKeyException"):
        kms.decrypt(KeyId=key, CiphertextBlob=blob)
    with refused("ValidationException"):
        kms.decrypt(CiphertextBlob=blob, EncryptionAlgorithm="RSAES_OAEP_SHA_256")


def test_re_encrypting_mixes_symmetric_and_rsa(clients: Clients) -> None:
    """In both directions."""
    kms = clients.kms
    symmetric, pair = make_key(kms), make_key(kms, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    blob = kms.encrypt(KeyId=symmetric, Plaintext=b"x")["CiphertextBlob"]
    to_rsa: Any = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=pair, DestinationEncryptionAlgorithm="RSAES_OAEP_SHA_256")
    assert "DestinationKeyMaterialId" not in to_rsa
    back = kms.re_encrypt(
        CiphertextBlob=to_rsa["CiphertextBlob"],
        SourceKeyId=pair,
        SourceEncryptionAlgorithm="RSAES_OAEP_SHA_256",
        DestinationKeyId=symmetric,
    )
    assert kms.decrypt(CiphertextBlob=back["CiphertextBlob"])["Plaintext"] == b"x"


@pytest.mark.parametrize(("size", "length"), [("224", 28), ("256", 32), ("384", 48), ("512", 64)])
def test_macs_are_made_and_verified(clients: Clients, size: str, length: int) -> None:
    """A bad one is an error without a message."""
    kms: Any = clients.kms
    algorithm = f"HMAC_SHA_{size}"
    key = make_key(kms, KeySpec=f"HMAC_{size}", KeyUsage="GENERATE_VERIFY_MAC")
    made = kms.generate_mac(KeyId=key, Message=b"m", MacAlgorithm=algorithm)
    assert (len(made["Mac"]), made["KeyId"], made["MacAlgorithm"]) == (length, key, algorithm)
    assert kms.verify_mac(KeyId=key, Message=b"m", MacAlgorithm=algorithm, Mac=made["Mac"])["MacValid"]
    with refused("KMSInvalidMacException", None):
        kms.verify_mac(KeyId=key, Message=b"other", MacAlgorithm=algorithm, Mac=made["Mac"])
    other = "HMAC_SHA_512" if size != "512" else "HMAC_SHA_256"
    with refused("InvalidKeyUsageException", f"Algorithm {other} is incompatible with key spec HMAC_{size}."):
        kms.generate_mac(KeyId=key, Message=b"m", MacAlgorithm=other)


def test_a_shared_secret_is_the_one_of_the_other_side(clients: Clients) -> None:
    """The raw x-coordinate."""
    kms = clients.kms
    key = make_key(kms, KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")
    own = ec.generate_private_key(ec.SECP256R1())
    peer = own.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    derived = kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=peer)
    shown = kms.get_public_key(KeyId=key)
    assert shown["KeyAgreementAlgorithms"] == ["ECDH"]
    other = load_der_public_key(shown["PublicKey"])
    assert isinstance(other, ec.EllipticCurvePublicKey)
    assert derived["SharedSecret"] == own.exchange(ec.ECDH(), other)
    assert (derived["KeyId"], derived["KeyOrigin"], derived["KeyAgreementAlgorithm"]) == (key, "AWS_KMS", "ECDH")
    with refused("ValidationException", None):
        kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=b"x")


@pytest.mark.parametrize(("spec", "length"), [("ML_KEM_768", 1088), ("ML_KEM_1024", 1568)])
def test_an_encapsulated_secret_comes_out_again(clients: Clients, spec: str, length: int) -> None:
    """A wrong length is an error; any other change gives another secret."""
    kms: Any = clients.kms
    key = make_key(kms, KeySpec=spec, KeyUsage="ENCAPSULATE_DECAPSULATE")
    made = kms.encapsulate(KeyId=key, EncapsulationAlgorithm="ML_KEM")
    blob = made["SharedSecretCiphertextBlob"]
    assert (len(blob), len(made["SharedSecret"]), made["KeyId"]) == (length, 32, key)

    def opened(ciphertext: bytes) -> Any:
        return kms.decapsulate(KeyId=key, EncapsulationAlgorithm="ML_KEM", SharedSecretCiphertextBlob=ciphertext)["SharedSecret"]

    assert opened(blob) == made["SharedSecret"]
    assert opened(bytes([blob[0] ^ 1]) + blob[1:]) != made["SharedSecret"]
    with refused("InvalidCiphertextException", None):
        opened(blob[:-1])


@pytest.mark.parametrize("spec", ["RSA_2048", "ECC_NIST_P256", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519", "ML_KEM_768"])
def test_data_key_pairs_come_in_clear_and_encrypted(clients: Clients, spec: Any) -> None:
    """The ciphertext decrypts to the private key, which belongs to the public one."""
    kms = clients.kms
    key = make_key(kms)
    made = kms.generate_data_key_pair(KeyId=key, KeyPairSpec=spec, EncryptionContext={"a": "b"})
    opened = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"], EncryptionContext={"a": "b"})
    assert opened["Plaintext"] == made["PrivateKeyPlaintext"]
    private = load_der_private_key(made["PrivateKeyPlaintext"], None)
    assert private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == made["PublicKey"]
    assert (made["KeyId"], made["KeyPairSpec"]) == (key, spec)
    hidden = kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec=spec)
    assert "PrivateKeyPlaintext" not in hidden
    with refused("InvalidKeyUsageException"):
        kms.generate_data_key_pair(KeyId=make_key(kms, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT"), KeyPairSpec=spec)
