"""Rotation of key material.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html and its neighbours.
"""

from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.calls.pagination import cut_page, page_position
from strongroom.kms.conditions import rotation_conditions
from strongroom.kms.errors import InvalidMarker, NotPrimary
from strongroom.kms.keys import change_related_keys
from strongroom.kms.materials import rotate_to, rotate_to_new_material
from strongroom.kms.notifications import ROTATION, notify
from strongroom.kms.records import Generation, KeyRecord, KeyState, Origin, RotationType
from strongroom.kms.resolve import own_key, shared_key
from strongroom.kms.rules.limits import DEFAULT_ROTATION_DAYS, LONG_PAGE, LONG_PAGE_DEFAULT, page_limit
from strongroom.kms.rules.rotation import (
    ensure_on_demand,
    ensure_rotates_automatically,
    ensure_rotation_known,
    pending,
    rotation_from,
)
from strongroom.kms.service import operation
from strongroom.kms.states import ensure_allowed

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import (
        DisableKeyRotationRequestTypeDef,
        EnableKeyRotationRequestTypeDef,
        GetKeyRotationStatusRequestTypeDef,
        ListKeyRotationsRequestTypeDef,
        RotateKeyOnDemandRequestTypeDef,
    )


def _ensure_primary(key: KeyRecord) -> None:
    if key.primary_region not in (None, key.region):
        raise NotPrimary(key.arn)


@operation("EnableKeyRotation", action="kms:EnableKeyRotation", resource=own_key, conditions=rotation_conditions)
def enable_key_rotation(call: Call, key: KeyRecord, request: "EnableKeyRotationRequestTypeDef") -> None:
    """Rotate the key by itself from now on; called again, it starts a new period."""
    ensure_rotates_automatically(key)
    ensure_allowed(call, "EnableKeyRotation", key)
    _ensure_primary(key)
    period = request.get("RotationPeriodInDays", DEFAULT_ROTATION_DAYS)
    change_related_keys(call.store, key, rotation=rotation_from(call.now, period))


@operation("DisableKeyRotation", action="kms:DisableKeyRotation", resource=own_key)
def disable_key_rotation(call: Call, key: KeyRecord, _: "DisableKeyRotationRequestTypeDef") -> None:
    """Rotate the key no more by itself."""
    ensure_rotates_automatically(key)
    ensure_allowed(call, "DisableKeyRotation", key)
    _ensure_primary(key)
    change_related_keys(call.store, key, rotation=None)


@operation("GetKeyRotationStatus", action="kms:GetKeyRotationStatus", resource=shared_key)
def get_key_rotation_status(_: Call, key: KeyRecord, __: "GetKeyRotationStatusRequestTypeDef") -> Response:
    """Tell whether the key rotates by itself; false while its deletion is pending."""
    ensure_rotation_known(key)
    rotation = key.rotation
    if rotation is None or key.state in (KeyState.PENDING_DELETION, KeyState.PENDING_REPLICA_DELETION):
        return {"KeyId": key.arn, "KeyRotationEnabled": False}
    return {
        "KeyId": key.arn,
        "KeyRotationEnabled": True,
        "RotationPeriodInDays": rotation.period_days,
        "NextRotationDate": rotation.next_at,
    }


@operation("RotateKeyOnDemand", action="kms:RotateKeyOnDemand", resource=own_key, recorded=("KeyId",))
def rotate_key_on_demand(call: Call, key: KeyRecord, _: "RotateKeyOnDemandRequestTypeDef") -> Response:
    """Rotate the key now; its automatic rotation stays where it is."""
    ensure_rotation_known(key)
    ensure_allowed(call, "RotateKeyOnDemand", key)
    _ensure_primary(key)
    ensure_on_demand(key, call.now)
    waiting = pending(key) if key.origin is Origin.EXTERNAL else None
    if waiting is None:
        rotate_to_new_material(call.store, key, call.now, RotationType.ON_DEMAND, call.random_bytes)
    else:
        rotate_to(call.store, key, waiting.material_id, call.now, RotationType.ON_DEMAND)
    notify(call.store, key, ROTATION, call.now, call.random_bytes)
    return {"KeyId": key.arn}


def _entry(key: KeyRecord, one: Generation) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "KeyId": key.arn,
        "KeyMaterialId": one.material_id,
        "KeyMaterialState": one.state.value,
        "RotationDate": one.rotated_at,
        "RotationType": one.rotation_type.value if one.rotation_type else None,
    }
    if key.origin is Origin.EXTERNAL:
        entry |= {
            "ImportState": "IMPORTED" if one.present else "PENDING_IMPORT",
            "KeyMaterialDescription": one.description,
            "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE" if one.valid_to is None else "KEY_MATERIAL_EXPIRES",
            "ValidTo": one.valid_to,
        }
    return entry


@operation("ListKeyRotations", action="kms:ListKeyRotations", resource=own_key)
def list_key_rotations(call: Call, key: KeyRecord, request: "ListKeyRotationsRequestTypeDef") -> Response:
    """List completed rotations, oldest first; on request also the first material and one that waits."""
    limit = page_limit(request, LONG_PAGE, LONG_PAGE_DEFAULT)
    ensure_rotation_known(key)
    start = page_position(call, request.get("Marker"), InvalidMarker)
    everything = request.get("IncludeKeyMaterial") == "ALL_KEY_MATERIAL"
    found = list(enumerate(one for one in key.generations if everything or one.rotated_at is not None))
    found = [(place, one) for place, one in found if start is None or place > int(start[0] or 0)]
    page, marker = cut_page(call, found, limit, lambda item: (item[0],))
    return {"Rotations": [_entry(key, one) for _, one in page], "NextMarker": marker, "Truncated": marker is not None}
