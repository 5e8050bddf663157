"""When keys rotate and what a rotation leaves behind."""

import pytest
from msgspec.structs import replace
from tests.unit.kms.keys_of_tests import ARN, IMPORTED, NOW, SYMMETRIC, of_spec

from strongroom.core.errors import ApiError
from strongroom.kms.records import Generation, KeyRecord, KeyState, KeyUsage, MaterialState, Rotation, RotationType
from strongroom.kms.rules.limits import ON_DEMAND_ROTATIONS
from strongroom.kms.rules.materials import lacks_material
from strongroom.kms.rules.rotation import (
    due_at,
    ensure_on_demand,
    ensure_rotates_automatically,
    ensure_rotation_known,
    rotated,
    rotation_from,
)

DAY = 86_400
OLD, NEW = "a" * 64, "b" * 64


def test_a_rotation_makes_the_new_material_current_and_keeps_the_old() -> None:
    """The old generation still decrypts."""
    first, second = rotated(SYMMETRIC, NEW, NOW, RotationType.AUTOMATIC)
    assert (first.material_id, first.state, first.rotated_at) == (OLD, MaterialState.NON_CURRENT, None)
    assert (second.material_id, second.state, second.rotated_at, second.rotation_type) == (
        NEW,
        MaterialState.CURRENT,
        NOW,
        RotationType.AUTOMATIC,
    )


def test_waiting_material_becomes_current() -> None:
    """A generation that was imported for the next rotation keeps its description."""
    waiting = Generation(material_id=NEW, state=MaterialState.PENDING_ROTATION, description="new")
    key = replace(IMPORTED, generations=(*IMPORTED.generations, waiting))
    ensure_on_demand(key, NOW)
    last = rotated(key, NEW, NOW, RotationType.ON_DEMAND)[-1]
    assert (last.state, last.description) == (MaterialState.CURRENT, "new")


@pytest.mark.parametrize(
    ("key", "code", "message"),
    [
        (
            replace(SYMMETRIC, on_demand_rotations=ON_DEMAND_ROTATIONS),
            "LimitExceededException",
            (
                "The on-demand rotations limit has been reached for the given keyId. "
                f"No more on-demand rotations can be performed for this key: {ARN}"
            ),
        ),
        (
            replace(SYMMETRIC, rotation=Rotation(period_days=90, next_at=NOW + 1200)),
            "ConflictException",
            f"An automatic rotation of {ARN} is in progress or about to start.",
        ),
        (IMPORTED, "KMSInvalidStateException", f"No available key material pending rotation for the key: {ARN}."),
    ],
)
def test_a_rotation_on_demand_can_be_refused(key: KeyRecord, code: str, message: str) -> None:
    """The limit, an automatic rotation close by, nothing to rotate to."""
    with pytest.raises(ApiError) as caught:
        ensure_on_demand(key, NOW)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_asymmetric_keys_know_no_rotation() -> None:
    """AWS sends no message."""
    with pytest.raises(ApiError) as caught:
        ensure_rotation_known(of_spec("RSA_2048", KeyUsage.SIGN_VERIFY))
    assert (caught.value.code, caught.value.message) == ("UnsupportedOperationException", None)


def test_imported_material_never_rotates_by_itself() -> None:
    """The text names the origin."""
    ensure_rotates_automatically(SYMMETRIC)
    with pytest.raises(ApiError) as caught:
        ensure_rotates_automatically(IMPORTED)
    assert caught.value.message == f"{ARN} origin is EXTERNAL which is not valid for this operation."


def test_a_key_is_due_at_the_first_of_its_dates() -> None:
    """Rotation while enabled, deletion once scheduled, expiry always."""
    assert due_at(SYMMETRIC) is None
    rotating = replace(SYMMETRIC, rotation=rotation_from(NOW, 90))
    assert due_at(rotating) == NOW + 90 * DAY
    assert due_at(replace(rotating, state=KeyState.DISABLED)) is None
    assert due_at(replace(rotating, state=KeyState.PENDING_DELETION, deletion_at=NOW + 7 * DAY)) == NOW + 7 * DAY
    assert due_at(replace(rotating, multi_region=True, primary_region="us-east-1")) is None
    expiring = replace(IMPORTED, generations=(Generation(material_id=OLD, valid_to=NOW + 5),))
    assert due_at(expiring) == NOW + 5


def test_every_permanent_generation_of_imported_material_must_be_there() -> None:
    """One that waits for its rotation does not count."""
    gone = Generation(material_id=NEW, present=False, state=MaterialState.NON_CURRENT)
    assert not lacks_material(SYMMETRIC)
    assert not lacks_material(IMPORTED)
    assert lacks_material(replace(IMPORTED, generations=()))
    assert lacks_material(replace(IMPORTED, generations=(gone, *IMPORTED.generations)))
    assert not lacks_material(replace(IMPORTED, generations=(*IMPORTED.generations, replace(gone, state=MaterialState.PENDING_ROTATION))))
