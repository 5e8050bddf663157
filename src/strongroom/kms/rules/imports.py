"""Importing key material: which wrappings fit which key, how long material lives, and where a generation stands afterwards.

Sources: KMS Developer Guide, "Importing key material for AWS KMS keys"; KMS API Reference, ImportKeyMaterial.
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from strongroom.core.errors import ValidationFailed
from strongroom.kms.errors import IncorrectKeyMaterial, InvalidState, UnsupportedOperation, WrongOrigin
from strongroom.kms.records import Generation, KeyRecord, MaterialState, Origin
from strongroom.kms.rules.limits import MOST_IMPORT_SECONDS
from strongroom.kms.rules.specs import is_symmetric

NEW = "NEW_KEY_MATERIAL"
EXISTING = "EXISTING_KEY_MATERIAL"
EXPIRES = "KEY_MATERIAL_EXPIRES"
WRAPPING_SPECS = frozenset({"RSA_2048", "RSA_3072", "RSA_4096"})
_OAEP = frozenset({"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"})
_KEY_WRAP = frozenset({"RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"})
_RSA = frozenset({"RSA_2048", "RSA_3072", "RSA_4096"})
_ECC = frozenset({"ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1"})
RAW_BYTES = {"SYMMETRIC_DEFAULT": 32, "HMAC_224": 28, "HMAC_256": 32, "HMAC_384": 48, "HMAC_512": 64}
IMPORTABLE_SPECS = frozenset(RAW_BYTES) | _RSA | _ECC
_WAITING = (MaterialState.PENDING_ROTATION, MaterialState.PENDING_MULTI_REGION)


def ensure_external(key: KeyRecord) -> None:
    """Return if the material of `key` comes from outside. Raises WrongOrigin."""
    if key.origin is not Origin.EXTERNAL:
        raise WrongOrigin(key.arn, key.origin)


def ensure_wrapping(spec: str, algorithm: str, wrapping_spec: str) -> None:
    """Return if material of a key spec can be wrapped like this.

    Raises:
        UnsupportedOperation: an algorithm that KMS has given up, or has in China only.
        ValidationFailed: the material would not fit.
    """
    if algorithm not in _OAEP | _KEY_WRAP or wrapping_spec not in WRAPPING_SPECS:
        raise UnsupportedOperation(f"WrappingAlgorithm {algorithm} with WrappingKeySpec {wrapping_spec} is not supported.")
    too_long = spec in _RSA or (spec == "ECC_NIST_P521" and wrapping_spec == "RSA_2048")
    if algorithm in _OAEP and too_long:
        raise ValidationFailed(f"WrappingAlgorithm {algorithm} with WrappingKeySpec {wrapping_spec} cannot wrap a key of KeySpec {spec}.")


def valid_to(request: Mapping[str, Any], now: float) -> float | None:
    """Return when the material expires, in seconds since the epoch, or None for never. Raises ValidationFailed."""
    date: float | None = request.get("ValidTo")
    if request.get("ExpirationModel", EXPIRES) != EXPIRES:
        if date is not None:
            raise ValidationFailed("A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE")
        return None
    if date is None:
        raise ValidationFailed("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
    if not now < date <= now + MOST_IMPORT_SECONDS:
        raise ValidationFailed("The validTo date must be in the future and at most 365 days from now")
    return date


def is_new(key: KeyRecord, request: Mapping[str, Any]) -> bool:
    """Return whether a request brings material that the key never had: by default only the first. Raises ValidationFailed."""
    new: bool = request.get("ImportType", EXISTING if key.generations else NEW) == NEW
    if new and "KeyMaterialId" in request:
        raise ValidationFailed("KeyMaterialId must not be specified with ImportType NEW_KEY_MATERIAL.")
    return new


def ensure_known_material(key: KeyRecord, material_id: str, wanted: str | None) -> None:
    """Return if this is material that the key had before (and the one that was named). Raises IncorrectKeyMaterial."""
    known = any(one.material_id == material_id for one in key.generations)
    if not known or wanted not in (None, material_id):
        raise IncorrectKeyMaterial("The key material does not match the key material that was imported into this KMS key before.")


def ensure_new_material(key: KeyRecord, material_id: str) -> None:
    """Return if the key may get this further material.

    Raises:
        IncorrectKeyMaterial: the key had it before, or is of a kind whose material never changes.
        InvalidState: other material waits for its rotation.
    """
    if any(one.material_id == material_id for one in key.generations) or (key.generations and not is_symmetric(key)):
        raise IncorrectKeyMaterial("The key material of this KMS key is in place already.")
    waiting = next((one for one in key.generations if one.state in _WAITING), None)
    if waiting is not None:
        raise InvalidState(
            f"New key material (id: {material_id}) cannot be imported into KMS key {key.arn}, "
            f"because another key material (id: {waiting.material_id}) is pending rotation."
        )


def with_new(key: KeyRecord, material_id: str, *, multi_region: bool) -> tuple[Generation, ...]:
    """Return the generations with one more that has yet to be imported: current if it is the first, else waiting for its rotation."""
    state = MaterialState.CURRENT
    if key.generations:
        state = MaterialState.PENDING_MULTI_REGION if multi_region else MaterialState.PENDING_ROTATION
    return (*key.generations, Generation(material_id=material_id, state=state, present=False))


def with_import(key: KeyRecord, material_id: str, until: float | None, description: str | None) -> tuple[Generation, ...]:
    """Return the generations after `material_id` has arrived; an import without a description keeps the old one."""
    return tuple(
        replace(one, present=True, valid_to=until, description=one.description if description is None else description)
        if one.material_id == material_id
        else one
        for one in key.generations
    )


def without(key: KeyRecord, material_id: str) -> tuple[Generation, ...]:
    """Return the generations after `material_id` was deleted: its place stays for a re-import, unless it never became current."""
    return tuple(
        replace(one, present=False, valid_to=None) if one.material_id == material_id else one
        for one in key.generations
        if one.material_id != material_id or one.state not in _WAITING
    )


def all_arrived(keys: list[KeyRecord], material_id: str) -> bool:
    """Return whether every related key holds `material_id`."""
    return all(any(one.material_id == material_id and one.present for one in key.generations) for key in keys)


def ready_to_rotate(key: KeyRecord, material_id: str) -> tuple[Generation, ...]:
    """Return the generations after `material_id` has arrived in every Region."""
    return tuple(
        replace(one, state=MaterialState.PENDING_ROTATION)
        if one.material_id == material_id and one.state is MaterialState.PENDING_MULTI_REGION
        else one
        for one in key.generations
    )
