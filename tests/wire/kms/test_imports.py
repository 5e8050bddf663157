"""Imported key material over the wire."""

import datetime as dt
import os
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_public_key
from tests.support.clients import Clients
from tests.wire.kms.support import each_refused, make_key, refused

FOREVER: Any = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


def _parameters(kms: Any, key: str, algorithm: str = "RSAES_OAEP_SHA_256") -> tuple[bytes, rsa.RSAPublicKey]:
    """Return an import token and its public key."""
    given = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048")
    assert given["KeyId"] == key
    public = load_der_public_key(given["PublicKey"])
    assert isinstance(public, rsa.RSAPublicKey)
    return given["ImportToken"], public


def _import(kms: Any, key: str, material: bytes, **more: Any) -> Any:
    token, public = _parameters(kms, key)
    parameters = {"KeyId": key, "ImportToken": token, "EncryptedKeyMaterial": public.encrypt(material, OAEP), **FOREVER, **more}
    return kms.import_key_material(**parameters)


def _state(kms: Any, key: str) -> str:
    state: str = kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    return state


def test_a_key_waits_for_its_material(clients: Clients) -> None:
    """Nothing encrypts before, everything after."""
    kms: Any = clients.kms
    key = make_key(kms, Origin="EXTERNAL")
    made = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (made["KeyState"], made["Enabled"], made["Origin"]) == ("PendingImport", False, "EXTERNAL")
    assert "CurrentKeyMaterialId" not in made
    each_refused(
        "KMSInvalidStateException",
        f"{key} is pending import.",
        lambda: kms.encrypt(KeyId=key, Plaintext=b"x"),
        lambda: kms.enable_key(KeyId=key),
        lambda: kms.rotate_key_on_demand(KeyId=key),
    )
    answer = _import(kms, key, os.urandom(32))
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (shown["KeyState"], shown["ExpirationModel"]) == ("Enabled", "KEY_MATERIAL_DOES_NOT_EXPIRE")
    assert (answer["KeyId"], answer["KeyMaterialId"]) == (key, shown["CurrentKeyMaterialId"])
    assert kms.decrypt(CiphertextBlob=kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"])["Plaintext"] == b"x"
    assert not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    with refused("UnsupportedOperationException", f"{key} origin is EXTERNAL which is not valid for this operation."):
        kms.enable_key_rotation(KeyId=key)


def test_keys_of_the_server_s_own_import_nothing(clients: Clients) -> None:
    """The text names their origin."""
    kms: Any = clients.kms
    key = make_key(kms)
    message = f"{key} origin is AWS_KMS which is not valid for this operation."
    with refused("UnsupportedOperationException", message):
        kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")
    with refused("UnsupportedOperationException", message):
        kms.delete_imported_key_material(KeyId=key)


def test_material_can_go_and_the_same_comes_back(clients: Clients) -> None:
    """Meanwhile the key waits; other material is refused."""
    kms: Any = clients.kms
    key, material = make_key(kms, Origin="EXTERNAL"), os.urandom(32)
    first = _import(kms, key, material)["KeyMaterialId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    gone = kms.delete_imported_key_material(KeyId=key)
    assert (gone["KeyId"], gone["KeyMaterialId"]) == (key, first)
    assert _state(kms, key) == "PendingImport"
    with refused("KMSInvalidStateException", f"{key} is pending import."):
        kms.decrypt(CiphertextBlob=blob)
    with refused("IncorrectKeyMaterialException"):
        _import(kms, key, os.urandom(32))
    assert _import(kms, key, material)["KeyMaterialId"] == first
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_the_same_bytes_in_another_key_are_other_material(clients: Clients) -> None:
    """A ciphertext is bound to its key."""
    kms: Any = clients.kms
    material = os.urandom(32)
    one, other = make_key(kms, Origin="EXTERNAL"), make_key(kms, Origin="EXTERNAL")
    assert _import(kms, one, material)["KeyMaterialId"] != _import(kms, other, material)["KeyMaterialId"]
    blob = kms.encrypt(KeyId=one, Plaintext=b"x")["CiphertextBlob"]
    with refused("IncorrectKeyException"):
        kms.decrypt(KeyId=other, CiphertextBlob=blob)


def test_new_material_waits_for_its_rotation(clients: Clients) -> None:
    """One at a time; afterwards old ciphertexts still open."""
    kms: Any = clients.kms
    key = make_key(kms, Origin="EXTERNAL")
    first = _import(kms, key, os.urandom(32))["KeyMaterialId"]
    with refused("KMSInvalidStateException", f"No available key material pending rotation for the key: {key}."):
        kms.rotate_key_on_demand(KeyId=key)
    blob = kms.encrypt(KeyId=key, Plaintext=b"old")["CiphertextBlob"]
    second = _import(kms, key, os.urandom(32), ImportType="NEW_KEY_MATERIAL", KeyMaterialDescription="next")["KeyMaterialId"]
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"] == first
    with refused("KMSInvalidStateException"):
        _import(kms, key, os.urandom(32), ImportType="NEW_KEY_MATERIAL")
    kms.rotate_key_on_demand(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"] == second
    assert kms.decrypt(CiphertextBlob=blob)["KeyMaterialId"] == first
    entries = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [(e["KeyMaterialId"], e["KeyMaterialState"], e["ImportState"]) for e in entries] == [
        (first, "NON_CURRENT", "IMPORTED"),
        (second, "CURRENT", "IMPORTED"),
    ]
    assert entries[1]["KeyMaterialDescription"] == "next"
    kms.delete_imported_key_material(KeyId=key, KeyMaterialId=first)
    assert _state(kms, key) == "PendingImport"


def test_the_expiry_date_follows_the_model(clients: Clients) -> None:
    """Expiring needs a date in the next 365 days, not expiring forbids one."""
    kms: Any = clients.kms
    key = make_key(kms, Origin="EXTERNAL")
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    soon, far = now + dt.timedelta(days=1), now + dt.timedelta(days=366)
    material = os.urandom(32)
    with refused("ValidationException", "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"):
        _import(kms, key, material, ExpirationModel="KEY_MATERIAL_EXPIRES")
    for model, date in (
        ("KEY_MATERIAL_DOES_NOT_EXPIRE", soon),
        ("KEY_MATERIAL_EXPIRES", far),
        ("KEY_MATERIAL_EXPIRES", now - dt.timedelta(1)),
    ):
        with refused("ValidationException"):
            _import(kms, key, material, ExpirationModel=model, ValidTo=date)
    _import(kms, key, material, ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=soon)
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (shown["ExpirationModel"], shown["ValidTo"]) == ("KEY_MATERIAL_EXPIRES", soon)


def test_expired_material_is_unusable_at_once(clients: Clients) -> None:
    """Timed work may take a while to erase it."""
    kms: Any = clients.kms
    key = make_key(kms, Origin="EXTERNAL")
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)
    _import(kms, key, os.urandom(32), ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=soon)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    while dt.datetime.now(dt.UTC) <= soon:
        pass
    with refused("KMSInvalidStateException", f"{key} is pending import."):
        kms.decrypt(CiphertextBlob=blob)
    assert _state(kms, key) == "PendingImport"


def test_bad_imports_have_errors_of_their_own(clients: Clients) -> None:
    """Token of another key, no token, no wrapped key, wrong length."""
    kms: Any = clients.kms
    key, other = make_key(kms, Origin="EXTERNAL"), make_key(kms, Origin="EXTERNAL")
    token, public = _parameters(kms, key)
    wrapped = public.encrypt(os.urandom(32), OAEP)
    for bad in (_parameters(kms, other)[0], b"made up", b"\xff\xfe"):
        with refused("InvalidImportTokenException"):
            kms.import_key_material(KeyId=key, ImportToken=bad, EncryptedKeyMaterial=wrapped, **FOREVER)
    with refused("InvalidCiphertextException", None):
        kms.import_key_material(KeyId=key, ImportToken=token, EncryptedKeyMaterial=b"x" * 256, **FOREVER)
    with refused("IncorrectKeyMaterialException"):
        kms.import_key_material(KeyId=key, ImportToken=token, EncryptedKeyMaterial=public.encrypt(b"x" * 31, OAEP), **FOREVER)
    with refused("ValidationException"):
        _import(kms, key, os.urandom(32), ImportType="NEW_KEY_MATERIAL", KeyMaterialId="0" * 64)
    for algorithm in ("RSAES_PKCS1_V1_5", "SM2PKE"):
        with refused("UnsupportedOperationException"):
            kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048")


@pytest.mark.parametrize(("spec", "usage", "size"), [("HMAC_224", "GENERATE_VERIFY_MAC", 28), ("HMAC_512", "GENERATE_VERIFY_MAC", 64)])
def test_hmac_keys_can_be_imported(clients: Clients, spec: str, usage: str, size: int) -> None:
    """Exactly in their length, and never changed."""
    kms: Any = clients.kms
    key = make_key(kms, Origin="EXTERNAL", KeySpec=spec, KeyUsage=usage)
    assert "KeyMaterialId" not in _import(kms, key, bytes(size))
    kms.generate_mac(KeyId=key, Message=b"m", MacAlgorithm=spec.replace("HMAC_", "HMAC_SHA_"))
    with refused("IncorrectKeyMaterialException"):
        _import(kms, key, b"x" * size, ImportType="NEW_KEY_MATERIAL")


def test_private_keys_are_imported_under_a_key_wrap(clients: Clients) -> None:
    """The public key follows from them; a key of another curve is refused."""
    kms: Any = clients.kms
    key = make_key(kms, Origin="EXTERNAL", KeySpec="ECC_NIST_P521", KeyUsage="SIGN_VERIFY")
    private = ec.generate_private_key(ec.SECP521R1())

    def wrapped(public: rsa.RSAPublicKey, one: Any) -> bytes:
        aes, der = os.urandom(32), one.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return public.encrypt(aes, OAEP) + aes_key_wrap_with_padding(aes, der)

    with refused("ValidationException"):
        _parameters(kms, key)
    token, public = _parameters(kms, key, "RSA_AES_KEY_WRAP_SHA_256")
    with refused("IncorrectKeyMaterialException"):
        other = wrapped(public, ec.generate_private_key(ec.SECP256R1()))
        kms.import_key_material(KeyId=key, ImportToken=token, EncryptedKeyMaterial=other, **FOREVER)
    kms.import_key_material(KeyId=key, ImportToken=token, EncryptedKeyMaterial=wrapped(public, private), **FOREVER)
    signature = kms.sign(KeyId=key, Message=b"m", SigningAlgorithm="ECDSA_SHA_512")["Signature"]
    private.public_key().verify(signature, b"m", ec.ECDSA(hashes.SHA512()))
