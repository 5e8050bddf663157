"""Known answers of NIST and the RFCs through the KMS operations: published keys are imported, and used as customers use them."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from tests.unit.crypto.published import ROOT, blocks
from tests.unit.kms.bench import Bench

from strongroom.kms.errors import InvalidMac

CURVES: dict[str, tuple[ec.EllipticCurve, str, str]] = {
    "P-256,SHA-256": (ec.SECP256R1(), "ECC_NIST_P256", "ECDSA_SHA_256"),
    "P-384,SHA-384": (ec.SECP384R1(), "ECC_NIST_P384", "ECDSA_SHA_384"),
    "P-521,SHA-512": (ec.SECP521R1(), "ECC_NIST_P521", "ECDSA_SHA_512"),
}
KAS_CURVES: dict[str, tuple[ec.EllipticCurve, str]] = {
    "EC": (ec.SECP256R1(), "ECC_NIST_P256"),
    "ED": (ec.SECP384R1(), "ECC_NIST_P384"),
    "EE": (ec.SECP521R1(), "ECC_NIST_P521"),
}


def _pkcs8(key: Any) -> bytes:
    encoded: bytes = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return encoded


def _spki(key: Any) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


@pytest.mark.parametrize(("size", "length"), [("224", 28), ("256", 32), ("384", 48), ("512", 64)])
def test_macs_of_rfc_4231(bench: Bench, size: str, length: int) -> None:
    """HMAC pads short keys with zeros and hashes long ones (RFC 2104), so each key has a form of the length that KMS takes."""
    algorithm = f"HMAC_SHA_{size}"
    rows = list(blocks(f"HMAC/rfc-4231-sha{size}.txt"))
    for row in rows:
        secret, message, mac = (bytes.fromhex(row[name]) for name in ("Key", "Msg", "MD"))
        material = hashlib.new(f"sha{size}", secret).digest() if len(secret) > length else secret.ljust(length, b"\x00")
        key = bench.imported(material, KeySpec=f"HMAC_{size}", KeyUsage="GENERATE_VERIFY_MAC")
        assert bench.call("GenerateMac", KeyId=key, MacAlgorithm=algorithm, Message=message)["Mac"] == mac
        assert bench.call("VerifyMac", KeyId=key, MacAlgorithm=algorithm, Message=message, Mac=mac)["MacValid"]
        with pytest.raises(InvalidMac):
            bench.call("VerifyMac", KeyId=key, MacAlgorithm=algorithm, Message=message, Mac=mac[:-1] + bytes([mac[-1] ^ 1]))
    assert len(rows) >= 6


@pytest.mark.parametrize("heading", sorted(CURVES))
def test_ecdsa_signatures_of_fips_186(bench: Bench, heading: str) -> None:
    """NIST's private keys give NIST's public keys; NIST's signatures verify, and so do ours."""
    curve, spec, algorithm = CURVES[heading]
    rows = [row for row in blocks("asymmetric/ECDSA/FIPS_186-3/SigGen.txt") if row["heading"] == heading and "d" in row]
    for row in rows[:6]:
        private = ec.derive_private_key(int(row["d"], 16), curve)
        key = bench.imported(_pkcs8(private), KeySpec=spec, KeyUsage="SIGN_VERIFY")
        expected = ec.EllipticCurvePublicNumbers(int(row["Qx"], 16), int(row["Qy"], 16), curve).public_key()
        assert bench.call("GetPublicKey", KeyId=key)["PublicKey"] == _spki(expected)
        message = {"KeyId": key, "SigningAlgorithm": algorithm, "Message": bytes.fromhex(row["Msg"])}
        published = encode_dss_signature(int(row["R"], 16), int(row["S"], 16))
        for signature in (published, bench.call("Sign", **message)["Signature"]):
            assert bench.call("Verify", **message, Signature=signature)["SignatureValid"]
    assert len(rows) >= 6


@pytest.mark.parametrize("curve", sorted(KAS_CURVES))
def test_shared_secrets_of_nists_key_agreement_vectors(bench: Bench, curve: str) -> None:
    """DeriveSharedSecret gives Z."""
    kind, spec = KAS_CURVES[curve]
    rows = [
        row
        for row in blocks("asymmetric/ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_init.fax")
        if row["heading"].startswith(curve) and row.get("Result", "").startswith("P") and "Z" in row
    ]
    for row in rows[:5]:
        private = ec.derive_private_key(int(row["dsIUT"], 16), kind)
        key = bench.imported(_pkcs8(private), KeySpec=spec, KeyUsage="KEY_AGREEMENT")
        peer = ec.EllipticCurvePublicNumbers(int(row["QsCAVSx"], 16), int(row["QsCAVSy"], 16), kind).public_key()
        derived = bench.call("DeriveSharedSecret", KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=_spki(peer))
        assert (derived["SharedSecret"].hex(), derived["KeyOrigin"]) == (row["Z"], "EXTERNAL")
    assert rows


def _oaep_keys() -> Iterator[tuple[rsa.RSAPrivateKey, list[tuple[bytes, bytes]]]]:
    """Yield each key of the file with its (message, ciphertext) pairs."""
    lines = iter((ROOT / "asymmetric/RSA/oaep-custom/oaep-sha256-sha256.txt").read_text().splitlines())
    numbers: dict[str, int] = {}
    pairs: list[tuple[bytes, bytes]] = []
    message = b""
    for line in lines:
        name = line.removeprefix("# ").rstrip(":")
        if name == "Public key" and pairs:
            yield _rsa(numbers), pairs
            pairs = []
        elif name in ("Modulus", "Public exponent", "Exponent", "Prime 1", "Prime 2"):
            numbers[name] = int(next(lines), 16)
        elif name == "Message":
            message = bytes.fromhex(next(lines))
        elif name == "Encryption":
            pairs.append((message, bytes.fromhex(next(lines))))
    yield _rsa(numbers), pairs


def _rsa(numbers: dict[str, int]) -> rsa.RSAPrivateKey:
    p, q, d, e = (numbers[name] for name in ("Prime 1", "Prime 2", "Exponent", "Public exponent"))
    exponents = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
    return rsa.RSAPrivateNumbers(p, q, d, *exponents, rsa.RSAPublicNumbers(e, numbers["Modulus"])).private_key()


def test_rsa_oaep_ciphertexts_of_the_published_vectors(bench: Bench) -> None:
    """Decrypt opens what others encrypted, Encrypt makes what Decrypt opens."""
    opened = 0
    for private, pairs in _oaep_keys():
        if private.key_size != 2048 or opened > 12:
            continue
        key = bench.imported(_pkcs8(private), KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
        algorithm = {"KeyId": key, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
        for message, ciphertext in pairs:
            assert bench.call("Decrypt", **algorithm, CiphertextBlob=ciphertext)["Plaintext"] == message
            own = bench.call("Encrypt", **algorithm, Plaintext=message)["CiphertextBlob"]
            assert bench.call("Decrypt", **algorithm, CiphertextBlob=own)["Plaintext"] == message
            opened += 1
    assert opened > 5


def test_rsa_signatures_verify_with_the_published_key(bench: Bench) -> None:
    """Every algorithm of an imported key; PKCS #1 v1.5 is deterministic, so signing twice gives the same bytes."""
    private, _ = next(iter(_oaep_keys()))
    key = bench.imported(_pkcs8(private), KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    for scheme in ("RSASSA_PKCS1_V1_5", "RSASSA_PSS"):
        for size in ("256", "384", "512"):
            request = {"KeyId": key, "SigningAlgorithm": f"{scheme}_SHA_{size}", "Message": b"message"}
            signatures = [bench.call("Sign", **request)["Signature"] for _ in range(2)]
            assert (signatures[0] == signatures[1]) == (scheme == "RSASSA_PKCS1_V1_5")
            assert bench.call("Verify", **request, Signature=signatures[1])["SignatureValid"]


def test_wrapped_keys_of_rfc_5649(bench: Bench) -> None:
    """The material of an import comes out of AES key wrap as it went in: another imported key makes the same MACs."""
    material = bytes(range(32))
    first, second = (bench.imported(material, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC") for _ in range(2))
    macs = [bench.call("GenerateMac", KeyId=key, MacAlgorithm="HMAC_SHA_256", Message=b"m")["Mac"] for key in (first, second)]
    assert macs[0] == macs[1]
