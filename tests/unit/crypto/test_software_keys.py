"""Software keys: every spec and algorithm, vectors of the standards, and hostile input."""

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_public_key

from strongroom.core.secret import SecretBytes
from strongroom.crypto.keys.agreement import UnusablePublicKey, derive_shared_secret
from strongroom.crypto.keys.encapsulation import CIPHERTEXT_BYTES, decapsulate, encapsulate
from strongroom.crypto.keys.macs import InvalidMac, make_mac, verify_mac
from strongroom.crypto.keys.pairs import PAIR_SPECS, SLOW_SPECS, KeyPair, WrongKeyMaterial, generate_pair, imported_pair
from strongroom.crypto.keys.rsa_cipher import rsa_decrypt, rsa_encrypt
from strongroom.crypto.keys.signing import InvalidSignature, sign, verify
from strongroom.crypto.keys.wrapping import unwrap_material
from strongroom.crypto.messages import InvalidCiphertext

RSA = generate_pair("RSA_2048")
RSA_ALGORITHMS = [f"RSASSA_{scheme}_SHA_{size}" for scheme in ("PSS", "PKCS1_V1_5") for size in (256, 384, 512)]
ECDSA = {"ECC_NIST_P256": "256", "ECC_NIST_P384": "384", "ECC_NIST_P521": "512", "ECC_SECG_P256K1": "256"}
SIGNERS = [("RSA_2048", algorithm) for algorithm in RSA_ALGORITHMS]
SIGNERS += [(spec, f"ECDSA_SHA_{size}") for spec, size in ECDSA.items()]
DIGESTS = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}
RFC_8032_SEED = "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42"
RFC_8032_SIGNATURE = (
    "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
)


def _pair(spec: str) -> KeyPair:
    return RSA if spec == "RSA_2048" else generate_pair(spec)


@pytest.mark.parametrize("spec", sorted(PAIR_SPECS - SLOW_SPECS))
def test_a_pair_is_two_der_documents(spec: str) -> None:
    """PKCS#8 and SubjectPublicKeyInfo of the same key."""
    private_key, public_key = generate_pair(spec)
    assert private_key.reveal()[:1] == public_key[:1] == b"\x30"
    assert load_der_public_key(public_key)


@pytest.mark.parametrize(("spec", "algorithm"), SIGNERS)
def test_a_signature_over_the_message_is_one_over_its_digest(spec: str, algorithm: str) -> None:
    """RAW and DIGEST are interchangeable, and nothing else verifies."""
    pair, digest = _pair(spec), DIGESTS[algorithm[-3:]](b"message").digest()
    over_message = sign(pair.private_key, algorithm, "RAW", b"message")
    over_digest = sign(pair.private_key, algorithm, "DIGEST", digest)
    verify(pair.public_key, algorithm, "DIGEST", digest, over_message)
    verify(pair.public_key, algorithm, "RAW", b"message", over_digest)
    for message, signature in ((b"other", over_message), (b"message", over_message[:-1] + b"\x00\x00"), (b"message", b"x")):
        with pytest.raises(InvalidSignature):
            verify(pair.public_key, algorithm, "RAW", message, signature)


def test_pss_salts_are_as_long_as_the_digest() -> None:
    """As AWS documents, so that other software verifies with a fixed salt length."""
    signature = sign(RSA.private_key, "RSASSA_PSS_SHA_384", "RAW", b"message")
    public = load_der_public_key(RSA.public_key)
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(signature, b"message", padding.PSS(padding.MGF1(hashes.SHA384()), 48), hashes.SHA384())


def test_ed25519_signs_messages_and_prehashed_ones_differently() -> None:
    """Both signatures have 64 bytes."""
    pair = generate_pair("ECC_NIST_EDWARDS25519")
    plain = sign(pair.private_key, "ED25519_SHA_512", "RAW", b"m" * 64)
    prehashed = sign(pair.private_key, "ED25519_PH_SHA_512", "DIGEST", b"m" * 64)
    assert len(plain) == len(prehashed) == 64
    verify(pair.public_key, "ED25519_SHA_512", "RAW", b"m" * 64, plain)
    verify(pair.public_key, "ED25519_PH_SHA_512", "DIGEST", b"m" * 64, prehashed)
    for algorithm, signature in (("ED25519_SHA_512", prehashed), ("ED25519_PH_SHA_512", plain), ("ED25519_PH_SHA_512", b"x")):
        with pytest.raises(InvalidSignature):
            verify(pair.public_key, algorithm, "RAW", b"m" * 64, signature)


def test_ed25519ph_gives_the_signature_of_rfc_8032() -> None:
    """Section 7.3: the message abc."""
    private_key = SecretBytes(bytes.fromhex("302e020100300506032b657004220420" + RFC_8032_SEED))
    assert sign(private_key, "ED25519_PH_SHA_512", "DIGEST", b"abc").hex() == RFC_8032_SIGNATURE


@pytest.mark.parametrize(("spec", "length"), [("ML_DSA_44", 2420), ("ML_DSA_65", 3309), ("ML_DSA_87", 4627)])
def test_ml_dsa_signs_messages_and_their_representatives(spec: str, length: int) -> None:
    """EXTERNAL_MU signatures verify as RAW ones."""
    pair = generate_pair(spec)
    raw = load_der_public_key(pair.public_key).public_bytes_raw()  # type: ignore[union-attr] # an ML-DSA key
    representative = hashlib.shake_256(hashlib.shake_256(raw).digest(64) + b"\x00\x00message").digest(64)
    over_mu = sign(pair.private_key, "ML_DSA_SHAKE_256", "EXTERNAL_MU", representative)
    assert len(over_mu) == length
    verify(pair.public_key, "ML_DSA_SHAKE_256", "RAW", b"message", over_mu)
    verify(
        pair.public_key, "ML_DSA_SHAKE_256", "EXTERNAL_MU", representative, sign(pair.private_key, "ML_DSA_SHAKE_256", "RAW", b"message")
    )
    with pytest.raises(InvalidSignature):
        verify(pair.public_key, "ML_DSA_SHAKE_256", "RAW", b"other", over_mu)


@pytest.mark.parametrize(("size", "name"), [("224", "sha224"), ("256", "sha256"), ("384", "sha384"), ("512", "sha512")])
def test_a_mac_is_as_long_as_its_hash(size: str, name: str) -> None:
    """And a shortened or changed one is refused."""
    secret, algorithm = SecretBytes(b"k" * 32), f"HMAC_SHA_{size}"
    mac = make_mac(secret, algorithm, b"message")
    assert len(mac) == hashlib.new(name).digest_size
    verify_mac(secret, algorithm, b"message", mac)
    for message, other in ((b"other", mac), (b"message", mac[:-1]), (b"message", bytes(len(mac)))):
        with pytest.raises(InvalidMac):
            verify_mac(secret, algorithm, message, other)


def test_hmac_gives_the_value_of_rfc_4231() -> None:
    """Test case 2."""
    mac = make_mac(SecretBytes(b"Jefe"), "HMAC_SHA_256", b"what do ya want for nothing?")
    assert mac.hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


@pytest.mark.parametrize(("algorithm", "most"), [("RSAES_OAEP_SHA_1", 214), ("RSAES_OAEP_SHA_256", 190)])
def test_rsa_encrypts_up_to_its_limit(algorithm: str, most: int) -> None:
    """Ciphertexts are as long as the modulus; a changed one is invalid."""
    blob = rsa_encrypt(RSA.public_key, algorithm, b"p" * most)
    assert len(blob) == 256
    assert rsa_decrypt(RSA.private_key, algorithm, blob).reveal() == b"p" * most
    for changed in (blob[:-1] + bytes([blob[-1] ^ 1]), blob[:-1], b"x"):
        with pytest.raises(InvalidCiphertext):
            rsa_decrypt(RSA.private_key, algorithm, changed)


@pytest.mark.parametrize(("spec", "width"), [("ECC_NIST_P256", 32), ("ECC_NIST_P384", 48), ("ECC_NIST_P521", 66)])
def test_both_sides_derive_the_same_secret(spec: str, width: int) -> None:
    """The x-coordinate in full width."""
    one, other = generate_pair(spec), generate_pair(spec)
    secret = derive_shared_secret(one.private_key, other.public_key).reveal()
    assert secret == derive_shared_secret(other.private_key, one.public_key).reveal()
    assert len(secret) == width


def test_a_peer_must_be_on_the_same_curve() -> None:
    """Another curve, another kind of key, no key at all."""
    own = generate_pair("ECC_NIST_P256")
    for peer in (generate_pair("ECC_NIST_P384").public_key, RSA.public_key, b"x"):
        with pytest.raises(UnusablePublicKey):
            derive_shared_secret(own.private_key, peer)


@pytest.mark.parametrize("spec", sorted(CIPHERTEXT_BYTES))
def test_an_encapsulated_secret_comes_out_again(spec: str) -> None:
    """A changed ciphertext gives another secret, a shortened one an error."""
    pair = generate_pair(spec)
    shared, ciphertext = encapsulate(pair.public_key)
    assert len(ciphertext) == CIPHERTEXT_BYTES[spec]
    assert decapsulate(spec, pair.private_key, ciphertext).reveal() == shared.reveal()
    changed = decapsulate(spec, pair.private_key, bytes([ciphertext[0] ^ 1]) + ciphertext[1:]).reveal()
    assert len(changed) == len(shared) == 32
    assert changed != shared.reveal()
    with pytest.raises(InvalidCiphertext):
        decapsulate(spec, pair.private_key, ciphertext[:-1])


@pytest.mark.parametrize("spec", ["RSA_2048", *ECDSA])
def test_an_imported_key_must_fit_its_spec(spec: str) -> None:
    """Another size or curve, another kind, or no key at all are one error."""
    pair = _pair(spec)
    assert imported_pair(spec, pair.private_key.reveal()).public_key == pair.public_key
    other = "RSA_3072" if spec == "RSA_2048" else "ECC_NIST_P256" if spec != "ECC_NIST_P256" else "ECC_NIST_P384"
    ed25519 = generate_pair("ECC_NIST_EDWARDS25519").private_key.reveal()
    for wanted, data in ((other, pair.private_key.reveal()), (spec, ed25519), (spec, b"x"), (spec, pair.public_key)):
        with pytest.raises(WrongKeyMaterial):
            imported_pair(wanted, data)


def test_an_rsa_key_with_another_exponent_is_refused() -> None:
    """KMS has 65537 only."""
    odd = rsa.generate_private_key(3, 2048).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(WrongKeyMaterial):
        imported_pair("RSA_2048", odd)


@pytest.mark.parametrize("size", [1, 256])
def test_wrapped_material_unwraps(size: int) -> None:
    """Directly under OAEP, and under an AES key that is."""
    public = load_der_public_key(RSA.public_key)
    assert isinstance(public, rsa.RSAPublicKey)
    name = hashes.SHA1() if size == 1 else hashes.SHA256()  # noqa: S303
    oaep = padding.OAEP(padding.MGF1(name), name, None)
    direct = public.encrypt(b"m" * 32, oaep)
    assert unwrap_material(RSA.private_key, f"RSAES_OAEP_SHA_{size}", direct).reveal() == b"m" * 32
    for aes in (b"k" * 16, b"k" * 32):
        wrapped = public.encrypt(aes, oaep) + aes_key_wrap_with_padding(aes, b"m" * 1217)
        assert unwrap_material(RSA.private_key, f"RSA_AES_KEY_WRAP_SHA_{size}", wrapped).reveal() == b"m" * 1217
        for bad in (wrapped[:-1], wrapped[:256], wrapped[:256] + bytes(16), b"x", direct):
            with pytest.raises(InvalidCiphertext):
                unwrap_material(RSA.private_key, f"RSA_AES_KEY_WRAP_SHA_{size}", bad)


def test_curves_of_other_sizes_are_no_key_spec() -> None:
    """A P-224 key fits nothing."""
    key = ec.generate_private_key(ec.SECP224R1()).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(WrongKeyMaterial):
        imported_pair("ECC_NIST_P256", key)
