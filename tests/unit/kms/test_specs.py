"""Key specs: usages, algorithms and sizes."""

import pytest
from tests.unit.kms.keys_of_tests import ARN, SYMMETRIC, of_spec

from strongroom.core.errors import ValidationFailed
from strongroom.kms.errors import InvalidKeyUsage
from strongroom.kms.records import KeyUsage
from strongroom.kms.rules.specs import (
    OAEP_PLAINTEXT_BYTES,
    SPECS,
    chosen_spec_and_usage,
    ensure_algorithm,
    ensure_plaintext_fits,
    ensure_usage,
)

RSA_SIGNATURES = {f"RSASSA_{scheme}_SHA_{size}" for scheme in ("PSS", "PKCS1_V1_5") for size in (256, 384, 512)}
EXPECTED = {
    "SYMMETRIC_DEFAULT": {"ENCRYPT_DECRYPT": {"SYMMETRIC_DEFAULT"}},
    **{
        f"RSA_{size}": {"ENCRYPT_DECRYPT": {"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"}, "SIGN_VERIFY": RSA_SIGNATURES}
        for size in (2048, 3072, 4096)
    },
    "ECC_NIST_P256": {"SIGN_VERIFY": {"ECDSA_SHA_256"}, "KEY_AGREEMENT": {"ECDH"}},
    "ECC_NIST_P384": {"SIGN_VERIFY": {"ECDSA_SHA_384"}, "KEY_AGREEMENT": {"ECDH"}},
    "ECC_NIST_P521": {"SIGN_VERIFY": {"ECDSA_SHA_512"}, "KEY_AGREEMENT": {"ECDH"}},
    "ECC_SECG_P256K1": {"SIGN_VERIFY": {"ECDSA_SHA_256"}},
    "ECC_NIST_EDWARDS25519": {"SIGN_VERIFY": {"ED25519_SHA_512", "ED25519_PH_SHA_512"}},
    **{f"ML_DSA_{size}": {"SIGN_VERIFY": {"ML_DSA_SHAKE_256"}} for size in (44, 65, 87)},
    **{f"ML_KEM_{size}": {"ENCAPSULATE_DECAPSULATE": {"ML_KEM"}} for size in (512, 768, 1024)},
    **{f"HMAC_{size}": {"GENERATE_VERIFY_MAC": {f"HMAC_SHA_{size}"}} for size in (224, 256, 384, 512)},
}


def test_the_table_of_specs_is_aws_s() -> None:
    """Every spec has exactly the usages and algorithms of the key spec reference."""
    assert {name: {str(u): set(a) for u, a in spec.algorithms.items()} for name, spec in SPECS.items()} == EXPECTED


@pytest.mark.parametrize("name", sorted(EXPECTED))
@pytest.mark.parametrize("usage", [str(usage) for usage in KeyUsage])
def test_a_usage_is_taken_only_with_a_spec_that_has_it(name: str, usage: str) -> None:
    """Bad pairs name both values."""
    if usage in EXPECTED[name]:
        assert chosen_spec_and_usage(name, None, usage) == (SPECS[name], KeyUsage(usage))
        return
    with pytest.raises(ValidationFailed, match=f"^KeyUsage {usage} is not compatible with KeySpec {name}$"):
        chosen_spec_and_usage(name, None, usage)


def test_only_symmetric_encryption_keys_have_a_default_usage() -> None:
    """Every other spec needs KeyUsage."""
    assert chosen_spec_and_usage(None, None, None) == (SPECS["SYMMETRIC_DEFAULT"], KeyUsage.ENCRYPT_DECRYPT)
    with pytest.raises(ValidationFailed) as caught:
        chosen_spec_and_usage("RSA_2048", None, None)
    assert caught.value.message == "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."


def test_the_two_names_of_the_spec_exclude_each_other() -> None:
    """KeySpec and CustomerMasterKeySpec are synonyms."""
    assert chosen_spec_and_usage(None, "HMAC_256", "GENERATE_VERIFY_MAC")[0].name == "HMAC_256"
    with pytest.raises(ValidationFailed):
        chosen_spec_and_usage("RSA_2048", "RSA_2048", "SIGN_VERIFY")


def test_sm2_is_for_china_regions() -> None:
    """SM2 keys are refused here."""
    with pytest.raises(ValidationFailed):
        chosen_spec_and_usage("SM2", None, "SIGN_VERIFY")


def test_a_wrong_usage_names_the_key_its_usage_and_the_operation() -> None:
    """The text's last word is the operation."""
    key = of_spec("RSA_2048", KeyUsage.SIGN_VERIFY)
    with pytest.raises(InvalidKeyUsage) as caught:
        ensure_usage(key, KeyUsage.ENCRYPT_DECRYPT, "Encrypt")
    assert caught.value.message == f"{ARN} key usage is SIGN_VERIFY which is not valid for Encrypt."


def test_data_keys_need_a_symmetric_key() -> None:
    """An RSA key that encrypts is still the wrong kind."""
    with pytest.raises(InvalidKeyUsage):
        ensure_usage(of_spec("RSA_2048", KeyUsage.ENCRYPT_DECRYPT), KeyUsage.ENCRYPT_DECRYPT, "GenerateDataKey", symmetric=True)
    ensure_usage(SYMMETRIC, KeyUsage.ENCRYPT_DECRYPT, "GenerateDataKey", symmetric=True)


def test_a_wrong_algorithm_names_itself_and_the_spec() -> None:
    """HMAC keys have one algorithm only."""
    key = of_spec("HMAC_256", KeyUsage.GENERATE_VERIFY_MAC)
    ensure_algorithm(key, "HMAC_SHA_256")
    with pytest.raises(InvalidKeyUsage) as caught:
        ensure_algorithm(key, "HMAC_SHA_512")
    assert caught.value.message == "Algorithm HMAC_SHA_512 is incompatible with key spec HMAC_256."


@pytest.mark.parametrize(("algorithm", "spec"), sorted(OAEP_PLAINTEXT_BYTES))
def test_rsa_plaintexts_have_the_limit_of_rfc_8017(algorithm: str, spec: str) -> None:
    """Modulus length less twice the hash length less 2."""
    limit = int(spec.removeprefix("RSA_")) // 8 - 2 * (20 if algorithm.endswith("SHA_1") else 32) - 2
    ensure_plaintext_fits(spec, algorithm, limit)
    with pytest.raises(ValidationFailed) as caught:
        ensure_plaintext_fits(spec, algorithm, limit + 1)
    assert caught.value.message == f"Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {limit} bytes."
