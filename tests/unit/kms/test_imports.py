"""Imported material: wrappings, dates, generations; and what may be signed."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.unit.kms.keys_of_tests import ARN, IMPORTED, KEY_ID, NOW, SYMMETRIC

from strongroom.core.errors import ApiError, ValidationFailed
from strongroom.kms.records import Generation, KeyUsage, MaterialState
from strongroom.kms.rules.imports import (
    IMPORTABLE_SPECS,
    all_arrived,
    ensure_external,
    ensure_known_material,
    ensure_new_material,
    ensure_wrapping,
    is_new,
    ready_to_rotate,
    valid_to,
    with_import,
    with_new,
    without,
)
from strongroom.kms.rules.materials import expired, imported_material_id, lacks_material_at
from strongroom.kms.rules.messages import ensure_signable

OLD, NEW = "a" * 64, "b" * 64
DAY = 86_400
EMPTY = replace(IMPORTED, generations=())
WRAPS = [f"{name}_SHA_{size}" for name in ("RSAES_OAEP", "RSA_AES_KEY_WRAP") for size in ("1", "256")]


@pytest.mark.parametrize("spec", sorted(IMPORTABLE_SPECS))
@pytest.mark.parametrize("algorithm", WRAPS)
@pytest.mark.parametrize("wrapping", ["RSA_2048", "RSA_3072", "RSA_4096"])
def test_material_is_wrapped_so_that_it_fits(spec: str, algorithm: str, wrapping: str) -> None:
    """RSA private keys, and P-521 ones under RSA_2048, need the AES key wrap."""
    too_long = spec.startswith("RSA") or (spec == "ECC_NIST_P521" and wrapping == "RSA_2048")
    if algorithm.startswith("RSAES") and too_long:
        with pytest.raises(ValidationFailed):
            ensure_wrapping(spec, algorithm, wrapping)
        return
    ensure_wrapping(spec, algorithm, wrapping)


@pytest.mark.parametrize(("algorithm", "wrapping"), [("RSAES_PKCS1_V1_5", "RSA_2048"), ("SM2PKE", "SM2"), ("RSAES_OAEP_SHA_1", "SM2")])
def test_wrappings_that_kms_gave_up_are_unsupported(algorithm: str, wrapping: str) -> None:
    """And those of China Regions."""
    with pytest.raises(ApiError) as caught:
        ensure_wrapping("SYMMETRIC_DEFAULT", algorithm, wrapping)
    assert caught.value.code == "UnsupportedOperationException"


def test_only_external_keys_import() -> None:
    """The text names the origin."""
    ensure_external(IMPORTED)
    with pytest.raises(ApiError) as caught:
        ensure_external(SYMMETRIC)
    assert caught.value.message == f"{ARN} origin is AWS_KMS which is not valid for this operation."


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"ValidTo": NOW + 1}, NOW + 1),
        ({"ValidTo": NOW + 365 * DAY}, NOW + 365 * DAY),
        ({"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}, None),
    ],
)
def test_material_lives_up_to_a_year_or_for_ever(request_: Any, expected: float | None) -> None:
    """It expires by default."""
    assert valid_to(request_, NOW) == expected


@pytest.mark.parametrize(
    "request_",
    [{}, {"ValidTo": NOW}, {"ValidTo": NOW + 365 * DAY + 1}, {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE", "ValidTo": NOW + 1}],
)
def test_other_dates_are_refused(request_: Any) -> None:
    """None, past, too far, or needless."""
    with pytest.raises(ValidationFailed):
        valid_to(request_, NOW)


def test_the_first_import_is_new_and_later_ones_are_not() -> None:
    """Unless the request says so."""
    assert is_new(EMPTY, {})
    assert not is_new(IMPORTED, {})
    assert is_new(IMPORTED, {"ImportType": "NEW_KEY_MATERIAL"})
    with pytest.raises(ValidationFailed):
        is_new(IMPORTED, {"ImportType": "NEW_KEY_MATERIAL", "KeyMaterialId": OLD})


def test_known_material_is_told_from_other_material() -> None:
    """By its id, and by the one that was named."""
    ensure_known_material(IMPORTED, OLD, None)
    ensure_known_material(IMPORTED, OLD, OLD)
    for material_id, wanted in ((NEW, None), (OLD, NEW)):
        with pytest.raises(ApiError) as caught:
            ensure_known_material(IMPORTED, material_id, wanted)
        assert caught.value.code == "IncorrectKeyMaterialException"


def test_one_material_waits_at_a_time() -> None:
    """The text names both."""
    waiting = replace(IMPORTED, generations=with_new(IMPORTED, NEW, multi_region=False))
    ensure_new_material(IMPORTED, NEW)
    with pytest.raises(ApiError) as caught:
        ensure_new_material(waiting, "c" * 64)
    assert caught.value.message == (
        f"New key material (id: {'c' * 64}) cannot be imported into KMS key {ARN}, "
        f"because another key material (id: {NEW}) is pending rotation."
    )


def test_material_of_other_kinds_never_changes() -> None:
    """HMAC and asymmetric keys have one, and a symmetric key does not get the same twice."""
    mac = replace(IMPORTED, spec="HMAC_256", usage=KeyUsage.GENERATE_VERIFY_MAC)
    for key, material_id in ((mac, NEW), (IMPORTED, OLD)):
        with pytest.raises(ApiError) as caught:
            ensure_new_material(key, material_id)
        assert caught.value.code == "IncorrectKeyMaterialException"


def test_generations_follow_imports_and_deletions() -> None:
    """The first is current; a further one waits; what was current keeps its place when it goes."""
    first = with_new(EMPTY, OLD, multi_region=False)
    assert first == (Generation(material_id=OLD, state=MaterialState.CURRENT, present=False),)
    arrived = replace(EMPTY, generations=with_import(replace(EMPTY, generations=first), OLD, NOW, "text"))
    assert (arrived.generations[0].present, arrived.generations[0].valid_to, arrived.generations[0].description) == (True, NOW, "text")
    waiting = replace(arrived, generations=with_new(arrived, NEW, multi_region=False))
    assert waiting.generations[1].state is MaterialState.PENDING_ROTATION
    assert without(waiting, NEW) == arrived.generations
    gone = without(arrived, OLD)
    assert (gone[0].present, gone[0].valid_to, gone[0].description) == (False, None, "text")


def test_multi_region_material_waits_for_every_region() -> None:
    """Then it waits for its rotation."""
    key = replace(IMPORTED, generations=with_new(IMPORTED, NEW, multi_region=True))
    assert key.generations[1].state is MaterialState.PENDING_MULTI_REGION
    here = replace(key, generations=with_import(key, NEW, None, None))
    assert not all_arrived([here, key], NEW)
    assert all_arrived([here, here], NEW)
    assert ready_to_rotate(here, NEW)[1].state is MaterialState.PENDING_ROTATION
    assert ready_to_rotate(here, OLD) == here.generations


def test_material_ids_depend_on_key_and_material() -> None:
    """So they match on re-import, and differ between keys."""
    one = imported_material_id(KEY_ID, b"m" * 32)
    assert one == imported_material_id(KEY_ID, b"m" * 32)
    assert len({one, imported_material_id("mrk-1", b"m" * 32), imported_material_id(KEY_ID, b"n" * 32)}) == 3
    assert len(bytes.fromhex(one)) == 32


def test_material_is_gone_from_its_date_on() -> None:
    """To the second."""
    key = replace(IMPORTED, generations=(Generation(material_id=OLD, valid_to=NOW),))
    assert (lacks_material_at(key, NOW - 1), lacks_material_at(key, NOW)) == (False, True)
    assert (expired(key, NOW - 1), expired(key, NOW)) == (False, True)
    assert not lacks_material_at(replace(SYMMETRIC, generations=key.generations), NOW)


@pytest.mark.parametrize(
    ("algorithm", "message_type", "length"),
    [
        ("ECDSA_SHA_256", "RAW", 1),
        ("ECDSA_SHA_256", "DIGEST", 32),
        ("RSASSA_PSS_SHA_384", "DIGEST", 48),
        ("RSASSA_PKCS1_V1_5_SHA_512", "DIGEST", 64),
        ("ED25519_SHA_512", "RAW", 1),
        ("ED25519_PH_SHA_512", "DIGEST", 64),
        ("ML_DSA_SHAKE_256", "RAW", 1),
        ("ML_DSA_SHAKE_256", "EXTERNAL_MU", 64),
    ],
)
def test_each_algorithm_signs_its_message_types(algorithm: str, message_type: str, length: int) -> None:
    """Digests in the hash's own length."""
    ensure_signable(algorithm, message_type, length)
    if message_type != "RAW":
        with pytest.raises(ValidationFailed, match=f"is invalid length for algorithm {algorithm}"):
            ensure_signable(algorithm, message_type, length - 1)


@pytest.mark.parametrize(
    ("algorithm", "message_type"),
    [
        ("ECDSA_SHA_256", "EXTERNAL_MU"),
        ("ED25519_SHA_512", "DIGEST"),
        ("ED25519_PH_SHA_512", "RAW"),
        ("ML_DSA_SHAKE_256", "DIGEST"),
    ],
)
def test_no_algorithm_signs_another_s_message_types(algorithm: str, message_type: str) -> None:
    """Whatever the length."""
    with pytest.raises(ValidationFailed):
        ensure_signable(algorithm, message_type, 64)
