"""What KMS makes is what the openssl command reads, and the other way round."""

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.support.clients import Clients
from tests.wire.kms.support import make_key, refused

MESSAGE = b"signed by one, verified by the other"
OAEP = "-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:{0} -pkeyopt rsa_mgf1_md:{0}"
PSS = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest"


class OpenSSL:
    """The openssl command in a directory of files."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, **files: bytes) -> None:
        """Write files."""
        for name, data in files.items():
            (self._directory / name).write_bytes(data)

    def run(self, command: str) -> bytes:
        """Run a command, whose words are separated by spaces, and return what it printed. It must succeed."""
        done = subprocess.run(["openssl", *command.split()], cwd=self._directory, check=True, capture_output=True)
        return done.stdout

    def public_key(self, kms: Any, key: str) -> None:
        """Write the public key of a KMS key as `public`."""
        self.put(public=kms.get_public_key(KeyId=key)["PublicKey"])


@pytest.fixture
def openssl(tmp_path: Path) -> OpenSSL:
    """The command, and an empty directory."""
    return OpenSSL(tmp_path)


@pytest.mark.parametrize(
    ("spec", "algorithm", "options"),
    [
        ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256", "-sha256"),
        ("RSA_2048", "RSASSA_PSS_SHA_256", f"-sha256 {PSS}"),
        ("RSA_3072", "RSASSA_PKCS1_V1_5_SHA_384", "-sha384"),
        ("RSA_3072", "RSASSA_PSS_SHA_512", f"-sha512 {PSS}"),
        ("ECC_NIST_P256", "ECDSA_SHA_256", "-sha256"),
        ("ECC_NIST_P384", "ECDSA_SHA_384", "-sha384"),
        ("ECC_NIST_P521", "ECDSA_SHA_512", "-sha512"),
        ("ECC_SECG_P256K1", "ECDSA_SHA_256", "-sha256"),
    ],
)
def test_openssl_verifies_signatures(clients: Clients, openssl: OpenSSL, spec: Any, algorithm: Any, options: str) -> None:
    """Over the message, and over its digest; not over another message."""
    kms = clients.kms
    key = make_key(kms, KeySpec=spec, KeyUsage="SIGN_VERIFY")
    digest = hashlib.new(options.split(maxsplit=1)[0][1:], MESSAGE).digest()
    openssl.public_key(kms, key)
    for message, message_type in ((MESSAGE, "RAW"), (digest, "DIGEST")):
        signed: Any = kms.sign(KeyId=key, Message=message, MessageType=message_type, SigningAlgorithm=algorithm)  # type: ignore[arg-type]
        openssl.put(message=MESSAGE, signature=signed["Signature"], other=b"another")
        command = f"dgst {options} -keyform DER -verify public -signature signature"
        assert openssl.run(f"{command} message") == b"Verified OK\n"
        with pytest.raises(subprocess.CalledProcessError):
            openssl.run(f"{command} other")


def test_openssl_verifies_ed25519_signatures(clients: Clients, openssl: OpenSSL) -> None:
    """They are over the message itself."""
    key = make_key(clients.kms, KeySpec="ECC_NIST_EDWARDS25519", KeyUsage="SIGN_VERIFY")
    openssl.public_key(clients.kms, key)
    signature = clients.kms.sign(KeyId=key, Message=MESSAGE, SigningAlgorithm="ED25519_SHA_512")["Signature"]
    openssl.put(message=MESSAGE, signature=signature)
    openssl.run("pkeyutl -verify -pubin -keyform DER -inkey public -rawin -in message -sigfile signature")


@pytest.mark.parametrize(("algorithm", "digest"), [("RSAES_OAEP_SHA_1", "sha1"), ("RSAES_OAEP_SHA_256", "sha256")])
def test_what_openssl_encrypts_is_decrypted(clients: Clients, openssl: OpenSSL, algorithm: Any, digest: str) -> None:
    """With the public key that GetPublicKey gives."""
    key = make_key(clients.kms, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    openssl.public_key(clients.kms, key)
    openssl.put(plaintext=MESSAGE)
    ciphertext = openssl.run(f"pkeyutl -encrypt -pubin -keyform DER -inkey public -in plaintext {OAEP.format(digest)}")
    assert clients.kms.decrypt(KeyId=key, CiphertextBlob=ciphertext, EncryptionAlgorithm=algorithm)["Plaintext"] == MESSAGE


@pytest.mark.parametrize("spec", ["RSA_2048", "RSA_3072", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1"])
def test_data_key_pairs_load_in_openssl(clients: Clients, openssl: OpenSSL, spec: Any) -> None:
    """The private key holds together and belongs to the public key."""
    made = clients.kms.generate_data_key_pair(KeyId=make_key(clients.kms), KeyPairSpec=spec)
    openssl.put(private=made["PrivateKeyPlaintext"])
    assert openssl.run("pkey -inform DER -in private -check -noout") == b"Key is valid\n"
    assert openssl.run("pkey -inform DER -in private -pubout -outform DER") == made["PublicKey"]


def test_an_ed25519_data_key_pair_signs_in_openssl(clients: Clients, openssl: OpenSSL) -> None:
    """OpenSSL signs with it and verifies with its public half."""
    made: Any = clients.kms.generate_data_key_pair(KeyId=make_key(clients.kms), KeyPairSpec="ECC_NIST_EDWARDS25519")
    openssl.put(private=made["PrivateKeyPlaintext"], public=made["PublicKey"], message=MESSAGE)
    openssl.put(signature=openssl.run("pkeyutl -sign -keyform DER -inkey private -rawin -in message"))
    openssl.run("pkeyutl -verify -pubin -keyform DER -inkey public -rawin -in message -sigfile signature")


def test_both_sides_derive_one_shared_secret(clients: Clients, openssl: OpenSSL) -> None:
    """OpenSSL with its own private key and the public key of KMS."""
    key = make_key(clients.kms, KeySpec="ECC_NIST_P384", KeyUsage="KEY_AGREEMENT")
    openssl.public_key(clients.kms, key)
    openssl.put(private=openssl.run("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384"))
    peer = openssl.run("pkey -in private -pubout -outform DER")
    derived = clients.kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=peer)["SharedSecret"]
    assert openssl.run("pkeyutl -derive -inkey private -peerform DER -peerkey public") == derived


def _import(kms: Any, openssl: OpenSSL, key: str, algorithm: str, material: bytes) -> None:
    """Import as AWS's guide does it with openssl."""
    given = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048")
    openssl.put(public=given["PublicKey"], material=material)
    encrypt = f"pkeyutl -encrypt -pubin -keyform DER -inkey public {OAEP.format('sha256')}"
    if algorithm.startswith("RSAES"):
        wrapped = openssl.run(f"{encrypt} -in material")
    else:
        aes = os.urandom(32)
        openssl.put(aes=aes)
        wrapped = openssl.run(f"{encrypt} -in aes") + openssl.run(f"enc -id-aes256-wrap-pad -iv A65959A6 -K {aes.hex()} -in material")
    kms.import_key_material(
        KeyId=key, ImportToken=given["ImportToken"], EncryptedKeyMaterial=wrapped, ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE"
    )


@pytest.mark.parametrize("algorithm", ["RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_256"])
def test_material_wrapped_by_openssl_makes_the_macs_of_openssl(clients: Clients, openssl: OpenSSL, algorithm: str) -> None:
    """The same key on both sides."""
    material = os.urandom(32)
    key = make_key(clients.kms, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC", Origin="EXTERNAL")
    _import(clients.kms, openssl, key, algorithm, material)
    openssl.put(message=MESSAGE)
    mac = openssl.run(f"dgst -sha256 -mac HMAC -macopt hexkey:{material.hex()} -binary message")
    assert clients.kms.verify_mac(KeyId=key, Message=MESSAGE, MacAlgorithm="HMAC_SHA_256", Mac=mac)["MacValid"]


@pytest.mark.parametrize(
    ("spec", "genpkey", "algorithm"),
    [
        ("RSA_2048", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "RSASSA_PKCS1_V1_5_SHA_256"),
        ("ECC_NIST_P256", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256", "ECDSA_SHA_256"),
    ],
)
def test_kms_verifies_what_openssl_signs_with_an_imported_key(
    clients: Clients, openssl: OpenSSL, spec: Any, genpkey: str, algorithm: Any
) -> None:
    """And refuses what it did not sign."""
    openssl.put(private=openssl.run(f"genpkey {genpkey} -outform DER"))
    pkcs8 = openssl.run("pkcs8 -topk8 -nocrypt -inform DER -in private -outform DER")
    key = make_key(clients.kms, KeySpec=spec, KeyUsage="SIGN_VERIFY", Origin="EXTERNAL")
    _import(clients.kms, openssl, key, "RSA_AES_KEY_WRAP_SHA_256", pkcs8)
    openssl.put(message=MESSAGE)
    signature = openssl.run("dgst -sha256 -keyform DER -sign private message")
    assert clients.kms.verify(KeyId=key, Message=MESSAGE, Signature=signature, SigningAlgorithm=algorithm)["SignatureValid"]
    with refused("KMSInvalidSignatureException", None):
        clients.kms.verify(KeyId=key, Message=b"another", Signature=signature, SigningAlgorithm=algorithm)
