"""Importing key material, and deleting it.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html and its neighbours.
"""

from typing import TYPE_CHECKING, cast

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.kms.conditions import import_conditions, wrapping_conditions
from strongroom.kms.errors import NotFound, NotPrimary
from strongroom.kms.imports import (
    announce_material,
    forget_material,
    import_parameters_of,
    new_import_parameters,
    store_material,
    unwrapped,
)
from strongroom.kms.records import KeyRecord
from strongroom.kms.resolve import own_key
from strongroom.kms.rules.imports import (
    ensure_external,
    ensure_known_material,
    ensure_new_material,
    ensure_wrapping,
    is_new,
    valid_to,
)
from strongroom.kms.rules.materials import imported_material_id
from strongroom.kms.rules.specs import is_symmetric
from strongroom.kms.service import operation
from strongroom.kms.states import ensure_allowed

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import (
        DeleteImportedKeyMaterialRequestTypeDef,
        GetParametersForImportRequestTypeDef,
        ImportKeyMaterialRequestTypeDef,
    )


@operation(
    "GetParametersForImport",
    action="kms:GetParametersForImport",
    resource=own_key,
    conditions=wrapping_conditions,
    recorded=("KeyId", "ParametersValidTo"),
)
def get_parameters_for_import(call: Call, key: KeyRecord, request: "GetParametersForImportRequestTypeDef") -> Response:
    """Return a public key to wrap material with, and the token that belongs to it."""
    ensure_external(key)
    ensure_allowed(call, "GetParametersForImport", key)
    algorithm, wrapping_spec = request["WrappingAlgorithm"], request["WrappingKeySpec"]
    ensure_wrapping(key.spec, algorithm, wrapping_spec)
    made = new_import_parameters(call, key, algorithm, wrapping_spec)
    return {"KeyId": key.arn, "PublicKey": made.public_key, "ImportToken": made.token, "ParametersValidTo": made.valid_to}


@operation(
    "ImportKeyMaterial",
    action="kms:ImportKeyMaterial",
    resource=own_key,
    conditions=import_conditions,
    hidden=("EncryptedKeyMaterial",),
    recorded=("KeyId", "KeyMaterialId"),
)
def import_key_material(call: Call, key: KeyRecord, request: "ImportKeyMaterialRequestTypeDef") -> Response:
    """Give a key its material: the first, the same again, or (for symmetric keys) new material for its next rotation."""
    ensure_external(key)
    ensure_allowed(call, "ImportKeyMaterial", key)
    until = valid_to(request, call.now)
    new = is_new(key, request)
    parameters = import_parameters_of(call, key, cast("bytes", request["ImportToken"]))
    call.ensure_may_block()
    pair = unwrapped(key, parameters, cast("bytes", request["EncryptedKeyMaterial"]))
    material_id = imported_material_id(key.key_id, pair.private_key.reveal())
    if new:
        if key.primary_region not in (None, key.region):
            raise NotPrimary(key.arn)
        ensure_new_material(key, material_id)
        key = announce_material(call.store, key, material_id)
    else:
        ensure_known_material(key, material_id, request.get("KeyMaterialId"))
    store_material(call.store, key, material_id, pair, until, request.get("KeyMaterialDescription"))
    return {"KeyId": key.arn, "KeyMaterialId": material_id if is_symmetric(key) else None}


@operation("DeleteImportedKeyMaterial", action="kms:DeleteImportedKeyMaterial", resource=own_key, recorded=("KeyId", "KeyMaterialId"))
def delete_imported_key_material(call: Call, key: KeyRecord, request: "DeleteImportedKeyMaterialRequestTypeDef") -> Response:
    """Erase material: the one that is named, or the current one. The key can't be used until the same material is back."""
    ensure_external(key)
    ensure_allowed(call, "DeleteImportedKeyMaterial", key)
    current = key.current
    material_id = request.get("KeyMaterialId", current.material_id if current else None)
    if material_id is None:
        return {"KeyId": key.arn}
    if all(one.material_id != material_id for one in key.generations):
        raise NotFound(f"Key material {material_id} of {key.arn} does not exist")
    forget_material(call.store, key, material_id)
    return {"KeyId": key.arn, "KeyMaterialId": material_id if is_symmetric(key) else None}
