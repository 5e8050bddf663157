"""When imported material counts as missing or expired, and its id.

Source: KMS Developer Guide, "Importing key material for AWS KMS keys".
"""

import hashlib
import hmac

from msgspec.structs import replace

from strongroom.kms.records import KeyRecord, KeyState, MaterialState, Origin

_PERMANENT = (MaterialState.CURRENT, MaterialState.NON_CURRENT)


def lacks_material(key: KeyRecord) -> bool:
    """Return whether a key with imported material lacks any that belongs to it for good: then it can't be used at all."""
    if key.origin is not Origin.EXTERNAL:
        return False
    return key.current is None or any(not one.present for one in key.generations if one.state in _PERMANENT)


def expired(key: KeyRecord, now: float) -> bool:
    """Return whether imported material of `key` has reached its ValidTo and is still there."""
    return any(one.present and one.valid_to is not None and one.valid_to <= now for one in key.generations)


def as_of(key: KeyRecord, now: float) -> KeyRecord:
    """Return `key` as it is at `now`: expired material makes it wait for an import from that very moment, before timed work gets to it."""
    if key.origin is not Origin.EXTERNAL or key.state not in (KeyState.ENABLED, KeyState.DISABLED) or not expired(key, now):
        return key
    gone = (one.state in _PERMANENT and one.present and one.valid_to is not None and one.valid_to <= now for one in key.generations)
    return replace(key, state=KeyState.PENDING_IMPORT) if any(gone) else key


def imported_material_id(key_id: str, material: bytes) -> str:
    """Return the id of imported material: 64 hexadecimal digits that depend on the key and the material and show neither.

    Related multi-Region keys have one key id, so they give the same material the same id.
    """
    return hmac.new(material, b"kms-material-id-v1" + key_id.encode(), hashlib.sha256).hexdigest()
