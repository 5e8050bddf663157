"""Which keys rotate, when, and what a rotation does to the generations of a key.

Source: KMS Developer Guide, "Rotate AWS KMS keys".
"""

from msgspec.structs import replace

from strongroom.kms.errors import InvalidState, LimitExceeded, RotationConflict, UnsupportedOperation, WrongOrigin
from strongroom.kms.records import Generation, KeyRecord, KeyState, MaterialState, Origin, Rotation, RotationType
from strongroom.kms.rules.limits import ON_DEMAND_ROTATIONS, SECONDS_BEFORE_ROTATION, SECONDS_PER_DAY
from strongroom.kms.rules.specs import is_symmetric


def ensure_rotation_known(key: KeyRecord) -> None:
    """Return if rotation is a notion for this kind of key. Raises UnsupportedOperation (without a message for asymmetric and HMAC keys)."""
    if not is_symmetric(key):
        raise UnsupportedOperation
    if key.custom_key_store_id is not None:
        raise WrongOrigin(key.arn, key.origin)


def ensure_rotates_automatically(key: KeyRecord) -> None:
    """Return if automatic rotation can be set for `key`. Raises UnsupportedOperation."""
    ensure_rotation_known(key)
    if key.origin is not Origin.AWS_KMS:
        raise WrongOrigin(key.arn, key.origin)


def ensure_on_demand(key: KeyRecord, now: float) -> None:
    """Return if `key` may be rotated right now.

    Raises:
        LimitExceeded: 25 times is all.
        RotationConflict: an automatic rotation is due within 20 minutes.
        InvalidState: imported material, and none of it waits for its rotation.
    """
    if key.on_demand_rotations >= ON_DEMAND_ROTATIONS:
        raise LimitExceeded(
            "The on-demand rotations limit has been reached for the given keyId. "
            f"No more on-demand rotations can be performed for this key: {key.arn}"
        )
    if key.rotation is not None and key.rotation.next_at - now <= SECONDS_BEFORE_ROTATION:
        raise RotationConflict(f"An automatic rotation of {key.arn} is in progress or about to start.")
    if key.origin is Origin.EXTERNAL and pending(key) is None:
        raise InvalidState(f"No available key material pending rotation for the key: {key.arn}.")


def pending(key: KeyRecord) -> Generation | None:
    """Return the imported material that becomes current at the next rotation, or None."""
    return next((one for one in key.generations if one.state is MaterialState.PENDING_ROTATION), None)


def rotated(key: KeyRecord, material_id: str, now: float, kind: RotationType) -> tuple[Generation, ...]:
    """Return the generations after a rotation to `material_id`, which may be new or waiting already."""
    known = next((one for one in key.generations if one.material_id == material_id), Generation(material_id=material_id))
    older = (
        replace(one, state=MaterialState.NON_CURRENT) if one.state is MaterialState.CURRENT else one
        for one in key.generations
        if one.material_id != material_id
    )
    return (*older, replace(known, state=MaterialState.CURRENT, rotated_at=now, rotation_type=kind))


def rotation_from(now: float, period_days: int) -> Rotation:
    """Return the settings of a rotation whose period starts now."""
    return Rotation(period_days=period_days, next_at=now + period_days * SECONDS_PER_DAY)


def due_at(key: KeyRecord) -> float | None:
    """Return when timed work has something to do on `key`: its deletion, its rotation, or the expiry of imported material."""
    times = [one.valid_to for one in key.generations if one.present and one.valid_to is not None]
    if key.deletion_at is not None:
        times.append(key.deletion_at)
    elif key.rotation is not None and key.state is KeyState.ENABLED and key.primary_region in (None, key.region):
        times.append(key.rotation.next_at)
    return min(times, default=None)
