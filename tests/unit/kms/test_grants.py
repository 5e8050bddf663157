"""What grants allow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kms.keys_of_tests import SYMMETRIC, of_spec

from strongroom.core.errors import ApiError, ValidationFailed
from strongroom.kms.records import GrantTerms, KeyUsage
from strongroom.kms.rules.grants import allows, allows_child, ensure_grant_id, ensure_grantable, grantable

PLAIN = GrantTerms(grant_id="0" * 64, operations=("Decrypt", "CreateGrant", "DescribeKey", "RetireGrant"))
EQUALS = GrantTerms(grant_id="0" * 64, operations=PLAIN.operations, context_equals={"a": "1"})
SUBSET = GrantTerms(grant_id="0" * 64, operations=PLAIN.operations, context_subset={"a": "1"})
SOURCE = GrantTerms(grant_id="0" * 64, operations=PLAIN.operations, source_arn="arn:aws:s3:::bucket")
CONTEXTS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("12"), max_size=3)


@pytest.mark.parametrize(
    ("terms", "operation", "context", "allowed"),
    [
        (PLAIN, "Decrypt", {}, True),
        (PLAIN, "Decrypt", {"x": "y"}, True),
        (PLAIN, "Encrypt", {}, False),
        (EQUALS, "Decrypt", {"a": "1"}, True),
        (EQUALS, "Decrypt", {"a": "1", "b": "2"}, False),
        (EQUALS, "Decrypt", {"A": "1"}, False),
        (EQUALS, "Decrypt", {}, False),
        (EQUALS, "DescribeKey", {}, True),
        (EQUALS, "RetireGrant", {}, True),
        (SUBSET, "Decrypt", {"a": "1", "b": "2"}, True),
        (SUBSET, "Decrypt", {"a": "2"}, False),
        (SUBSET, "Decrypt", {"b": "2"}, False),
        (SOURCE, "Decrypt", {}, False),
        (SOURCE, "DescribeKey", {}, False),
        (SOURCE, "RetireGrant", {}, True),
    ],
)
def test_a_grant_allows_its_operations_under_its_constraints(
    terms: GrantTerms,
    operation: str,
    context: dict[str, str],
    allowed: bool,  # noqa: FBT001
) -> None:
    """Case-sensitive; DescribeKey and RetireGrant have no context; RetireGrant no source either."""
    assert allows(terms, operation, context, None) is allowed


def test_a_source_constraint_is_met_by_that_source() -> None:
    """And by no other."""
    assert allows(SOURCE, "Decrypt", {}, "arn:aws:s3:::bucket")
    assert not allows(SOURCE, "Decrypt", {}, "arn:aws:s3:::other")


@given(CONTEXTS, st.none() | CONTEXTS, st.none() | CONTEXTS, st.none() | CONTEXTS, st.none() | CONTEXTS)
def test_a_child_grant_never_allows_more_than_its_parent(
    context: dict[str, str],
    parent_equals: dict[str, str] | None,
    parent_subset: dict[str, str] | None,
    child_equals: dict[str, str] | None,
    child_subset: dict[str, str] | None,
) -> None:
    """Whatever a permitted child allows, the parent allowed."""
    operations = ("Decrypt", "CreateGrant")
    parent = GrantTerms(
        grant_id="0",
        operations=operations,
        context_equals=parent_equals,
        context_subset=None if parent_equals is not None else parent_subset,
    )
    subset = None if child_equals is not None else child_subset
    child = GrantTerms(grant_id="1", operations=("Decrypt",), context_equals=child_equals, context_subset=subset)
    if allows_child(parent, child.operations, child_equals, subset, None) and allows(child, "Decrypt", context, None):
        assert allows(parent, "Decrypt", context, None)


@pytest.mark.parametrize(
    ("parent", "operations", "equals", "subset", "allowed"),
    [
        (PLAIN, ["Decrypt"], None, None, True),
        (PLAIN, ["Encrypt"], None, None, False),
        (SUBSET, ["Decrypt"], None, None, False),
        (SUBSET, ["Decrypt"], None, {"a": "1", "b": "2"}, True),
        (SUBSET, ["Decrypt"], {"a": "1"}, None, True),
        (EQUALS, ["Decrypt"], None, {"a": "1"}, False),
        (EQUALS, ["Decrypt"], {"a": "1"}, None, True),
        (GrantTerms(grant_id="0", operations=("Decrypt",)), ["Decrypt"], None, None, False),
    ],
)
def test_a_child_grant_is_at_least_as_strict(
    parent: GrantTerms,
    operations: list[str],
    equals: dict[str, str] | None,
    subset: dict[str, str] | None,
    allowed: bool,  # noqa: FBT001
) -> None:
    """Subset may add pairs or become Equals, never the reverse; and CreateGrant must be granted at all."""
    assert allows_child(parent, operations, equals, subset, None) is allowed


@pytest.mark.parametrize(
    ("spec", "usage", "operations"),
    [
        ("RSA_2048", KeyUsage.ENCRYPT_DECRYPT, {"Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GetPublicKey"}),
        ("RSA_2048", KeyUsage.SIGN_VERIFY, {"Sign", "Verify", "GetPublicKey"}),
        ("HMAC_256", KeyUsage.GENERATE_VERIFY_MAC, {"GenerateMac", "VerifyMac"}),
        ("ECC_NIST_P256", KeyUsage.KEY_AGREEMENT, {"DeriveSharedSecret", "GetPublicKey"}),
        ("ML_KEM_768", KeyUsage.ENCAPSULATE_DECAPSULATE, {"Encapsulate", "Decapsulate", "GetPublicKey"}),
    ],
)
def test_a_grant_names_only_what_its_key_can_do(spec: str, usage: KeyUsage, operations: set[str]) -> None:
    """Besides the three that every key has."""
    key = of_spec(spec, usage)
    assert grantable(key) == operations | {"CreateGrant", "RetireGrant", "DescribeKey"}
    with pytest.raises(ValidationFailed):
        ensure_grantable(key, ["GenerateDataKey"], None, None)
    with pytest.raises(ValidationFailed):
        ensure_grantable(key, ["DescribeKey"], {"a": "b"}, None)


@pytest.mark.parametrize(
    ("equals", "subset"),
    [({"a": "b"}, {"a": "b"}), ({str(n): "" for n in range(9)}, None), (None, {"a": "v" * 385})],
)
def test_constraints_have_limits(equals: dict[str, str] | None, subset: dict[str, str] | None) -> None:
    """One kind, 8 pairs, 384 characters."""
    with pytest.raises(ValidationFailed):
        ensure_grantable(SYMMETRIC, ["Decrypt"], equals, subset)
    ensure_grantable(SYMMETRIC, ["Decrypt"], {str(n): "v" * 384 for n in range(8)}, None)


def test_a_grant_id_is_64_hexadecimal_digits() -> None:
    """Anything else is no grant id, before anything is looked up."""
    ensure_grant_id("0123456789abcdef" * 4)
    for text in ("x", "0" * 63, "G" * 64):
        with pytest.raises(ApiError) as caught:
            ensure_grant_id(text)
        assert caught.value.code == "InvalidGrantIdException"
