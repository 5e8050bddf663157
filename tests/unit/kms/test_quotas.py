"""The table of request quotas."""

import pytest

from strongroom.kms import operations
from strongroom.kms.rules.quotas import BY_OPERATION, Quota, key_quota, operation_quota, pair_quota
from strongroom.kms.rules.states import CRYPTOGRAPHIC
from strongroom.kms.service import KMS


def test_every_operation_has_a_quota() -> None:
    """One of its own, or that of its key."""
    assert operations.__all__
    assert set(KMS.operations) == set(BY_OPERATION) | set(CRYPTOGRAPHIC) | {"GenerateRandom"}
    assert set(BY_OPERATION).isdisjoint(CRYPTOGRAPHIC)


@pytest.mark.parametrize(
    ("operation", "rate"),
    [
        ("DescribeKey", 2_000),
        ("GetKeyPolicy", 1_000),
        ("ListKeys", 500),
        ("ListGrants", 100),
        ("CreateGrant", 50),
        ("PutKeyPolicy", 15),
        ("TagResource", 10),
        ("CreateKey", 5),
        ("DescribeCustomKeyStores", 5),
        ("GetParametersForImport", 1),
    ],
)
def test_other_operations_have_quotas_of_their_own(operation: str, rate: int) -> None:
    """Nothing is shared among them."""
    assert operation_quota(operation) == Quota(operation, rate)


@pytest.mark.parametrize(
    ("region", "rate"), [("us-east-1", 100_000), ("eu-west-1", 100_000), ("eu-central-1", 20_000), ("sa-east-1", 10_000)]
)
def test_symmetric_keys_share_a_quota_by_region(region: str, rate: int) -> None:
    """HMAC keys and GenerateRandom count too."""
    for spec in ("SYMMETRIC_DEFAULT", "HMAC_256", None):
        assert key_quota(spec, None, region) == Quota("symmetric", rate)


@pytest.mark.parametrize(
    ("spec", "name"),
    [("RSA_2048", "RSA"), ("RSA_4096", "RSA"), ("ECC_NIST_P256", "ECC"), ("ECC_SECG_P256K1", "ECC"), ("ML_DSA_44", "ML_DSA")],
)
def test_each_family_of_key_pairs_shares_a_quota(spec: str, name: str) -> None:
    """In every Region the same."""
    assert key_quota(spec, None, "us-east-1") == Quota(name, 1_000)


def test_each_custom_key_store_has_a_quota() -> None:
    """Whatever the Region takes otherwise."""
    assert key_quota("SYMMETRIC_DEFAULT", "cks-1", "us-east-1") == Quota("cks-1", 1_800)


@pytest.mark.parametrize(
    ("spec", "quota"),
    [
        ("ECC_NIST_P256", ("pairs ECC", 100)),
        ("ECC_NIST_P521", ("pairs ECC", 100)),
        ("RSA_2048", ("pairs RSA_2048", 20)),
        ("RSA_3072", ("pairs RSA_3072", 4)),
        ("RSA_4096", ("pairs RSA_4096", 1)),
        ("ML_KEM_512", ("pairs ML_KEM", 100)),
        ("SM2", ("pairs ECC", 100)),
    ],
)
def test_data_key_pairs_have_quotas_by_spec(spec: str, quota: tuple[str, int]) -> None:
    """The slower to make, the fewer."""
    assert pair_quota(spec) == quota
