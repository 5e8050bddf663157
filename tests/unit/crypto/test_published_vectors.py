"""Known answers of the standards' own test vectors, from the cryptography_vectors package."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from tests.unit.crypto.published import ROOT, blocks

from strongroom.core.secret import SecretBytes
from strongroom.crypto.keys.agreement import UnusablePublicKey, derive_shared_secret
from strongroom.crypto.keys.encapsulation import decapsulate
from strongroom.crypto.keys.pairs import generate_pair
from strongroom.crypto.keys.rsa_cipher import rsa_encrypt
from strongroom.crypto.keys.signing import InvalidSignature, sign, verify
from strongroom.crypto.keys.wrapping import unwrap_material
from strongroom.crypto.messages import InvalidCiphertext

HASHED = {"SHA-256": "256", "SHA-384": "384", "SHA-512": "512", "SHA256": "256", "SHA384": "384", "SHA512": "512"}
CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1(), "K-256": ec.SECP256K1()}
KAS_CURVES: dict[str, ec.EllipticCurve] = {"EC": ec.SECP256R1(), "ED": ec.SECP384R1(), "EE": ec.SECP521R1()}


def spki(key: object) -> bytes:
    """Return a public key's encoding."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return]


def pkcs8(key: object) -> SecretBytes:
    """Return a private key's encoding."""
    return SecretBytes(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))  # type: ignore[attr-defined]


def holds(public: bytes, algorithm: str, message_type: str, message: bytes, signature: bytes) -> bool:
    """Return whether `verify` returns."""
    try:
        verify(public, algorithm, message_type, message, signature)
    except InvalidSignature:
        return False
    return True


def test_rsa_signatures_of_fips_186() -> None:
    """PKCS #1 v1.5, 2048 bits and more: the good ones pass and the others fail."""
    modulus, seen = 0, {True: 0, False: 0}
    for row in blocks("asymmetric/RSA/FIPS_186-2/SigVer15_186-3.rsp"):
        modulus = int(row["n"], 16) if "n" in row else modulus
        if row.get("SHAAlg") not in HASHED or modulus.bit_length() < 2048:
            continue
        public = spki(rsa.RSAPublicNumbers(int(row["e"], 16), modulus).public_key())
        algorithm = f"RSASSA_PKCS1_V1_5_SHA_{HASHED[row['SHAAlg']]}"
        good = row["Result"].startswith("P")
        assert holds(public, algorithm, "RAW", bytes.fromhex(row["Msg"]), bytes.fromhex(row["S"])) == good
        seen[good] += 1
    assert min(seen.values()) > 10


def test_ecdsa_signatures_of_fips_186() -> None:
    """NIST's curves with the hash that KMS uses for each."""
    seen = {True: 0, False: 0}
    for row in blocks("asymmetric/ECDSA/FIPS_186-3/SigVer.rsp"):
        if row["heading"] not in {"P-256,SHA-256", "P-384,SHA-384", "P-521,SHA-512"}:
            continue
        good = row["Result"].startswith("P")
        try:
            public = elliptic(row, "Qx", "Qy")
        except ValueError:
            assert not good
            continue
        assert holds(public, ecdsa_algorithm(row), "RAW", bytes.fromhex(row["Msg"]), ecdsa_signature(row)) == good
        seen[good] += 1
    assert min(seen.values()) > 5


def elliptic(row: dict[str, str], x: str, y: str, curve: ec.EllipticCurve | None = None) -> bytes:
    """Return the public key of a row."""
    return spki(ec.EllipticCurvePublicNumbers(int(row[x], 16), int(row[y], 16), curve or CURVES[row["heading"].split(",")[0]]).public_key())


def ecdsa_signature(row: dict[str, str]) -> bytes:
    """Return the DER signature of a row."""
    return encode_dss_signature(int(row["R"], 16), int(row["S"], 16))


def ecdsa_algorithm(row: dict[str, str]) -> str:
    """Return AWS's name of a row's algorithm."""
    return f"ECDSA_SHA_{HASHED[row['heading'].split(',')[1]]}"


def test_ecdsa_signatures_on_secp256k1() -> None:
    """Bitcoin's curve."""
    rows = [row for row in blocks("asymmetric/ECDSA/SECP256K1/SigGen.txt") if row["heading"] == "K-256,SHA-256"]
    assert len(rows) > 50
    for row in rows[:60]:
        assert holds(elliptic(row, "Qx", "Qy"), "ECDSA_SHA_256", "RAW", bytes.fromhex(row["Msg"]), ecdsa_signature(row))


def ed25519_rows() -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    """Yield seed, public key, message and signature."""
    for line in (ROOT / "asymmetric/Ed25519/sign.input").read_text().splitlines()[::10]:
        secret, public, message, signed = (bytes.fromhex(part) for part in line.split(":")[:4])
        yield secret[:32], public, message, signed[:64]


def test_ed25519_signatures_are_those_of_the_reference_implementation() -> None:
    """They are deterministic, so the very same bytes come out."""
    for seed, public, message, signature in ed25519_rows():
        assert sign(pkcs8(ed25519.Ed25519PrivateKey.from_private_bytes(seed)), "ED25519_SHA_512", "RAW", message) == signature
        verify(spki(ed25519.Ed25519PublicKey.from_public_bytes(public)), "ED25519_SHA_512", "RAW", message, signature)


MLDSA: dict[str, Any] = {"44": mldsa.MLDSA44PublicKey, "65": mldsa.MLDSA65PublicKey, "87": mldsa.MLDSA87PublicKey}


@pytest.mark.parametrize("size", sorted(MLDSA))
def test_ml_dsa_signatures_of_the_known_answers(size: str) -> None:
    """Their context is not empty, so they are verified by the message representative."""
    for row in list(blocks(f"asymmetric/MLDSA/kat_MLDSA_{size}_det_pure.rsp"))[:20]:
        public, message, context = (bytes.fromhex(row[name]) for name in ("pk", "msg", "ctx"))
        signature = bytes.fromhex(row["sm"])[: -len(message)] if message else bytes.fromhex(row["sm"])
        framed = hashlib.shake_256(public).digest(64) + b"\x00" + bytes([len(context)]) + context + message
        mu = hashlib.shake_256(framed).digest(64)
        key = spki(MLDSA[size].from_public_bytes(public))
        assert holds(key, "ML_DSA_SHAKE_256", "EXTERNAL_MU", mu, signature)
        assert not holds(key, "ML_DSA_SHAKE_256", "EXTERNAL_MU", mu[::-1], signature)


MLKEM: dict[str, Any] = {"768": mlkem.MLKEM768PrivateKey, "1024": mlkem.MLKEM1024PrivateKey}


@pytest.mark.parametrize("size", sorted(MLKEM))
def test_ml_kem_secrets_of_the_known_answers(size: str) -> None:
    """Good ciphertexts, and wrong ones, which give the implicit-rejection secret."""
    for row in list(blocks(f"asymmetric/MLKEM/kat_MLKEM_{size}.rsp"))[:20]:
        spec = f"ML_KEM_{size}"
        private = pkcs8(MLKEM[size].from_seed_bytes(bytes.fromhex(row["d"] + row["z"])))
        assert decapsulate(spec, private, bytes.fromhex(row["ct"])).reveal().hex() == row["ss"]
        assert decapsulate(spec, private, bytes.fromhex(row["ct_n"])).reveal().hex() == row["ss_n"]


def test_shared_secrets_of_nists_key_agreement_vectors() -> None:
    """Points off the curve are refused."""
    seen = {"ok": 0, "refused": 0}
    for row in blocks("asymmetric/ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_init.fax"):
        curve = KAS_CURVES.get(row["heading"][:2])
        if curve is None or "Z" not in row or not row["Result"].startswith("P"):
            continue
        private = pkcs8(ec.derive_private_key(int(row["dsIUT"], 16), curve))
        assert derive_shared_secret(private, elliptic(row, "QsCAVSx", "QsCAVSy", curve)).reveal().hex() == row["Z"]
        seen["ok"] += 1
        off_curve = bytearray(elliptic(row, "QsCAVSx", "QsCAVSy", curve))
        off_curve[-1] ^= 1
        with pytest.raises(UnusablePublicKey):
            derive_shared_secret(private, bytes(off_curve))
        seen["refused"] += 1
    assert min(seen.values()) > 10


def test_key_wrap_with_padding_of_nists_vectors() -> None:
    """Each one behind an RSA step, as an import has it."""
    made, algorithm = generate_pair("RSA_2048"), "RSA_AES_KEY_WRAP_SHA_256"
    rows = [*list(blocks("keywrap/kwtestvectors/KWP_AD_256.txt"))[::25], *list(blocks("keywrap/kwtestvectors/KWP_AE_256.txt"))[::50]]
    failures = 0
    for row in rows:
        encrypted = rsa_encrypt(made.public_key, "RSAES_OAEP_SHA_256", bytes.fromhex(row["K"])) + bytes.fromhex(row["C"])
        if "P" in row:
            assert unwrap_material(made.private_key, algorithm, encrypted).reveal().hex() == row["P"]
        else:
            failures += 1
            with pytest.raises(InvalidCiphertext):
                unwrap_material(made.private_key, algorithm, encrypted)
    assert len(rows) > 25
