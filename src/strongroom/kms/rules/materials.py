"""When imported material counts as missing or expired, and its id.

Source: KMS Developer Guide, "Importing key material for AWS KMS keys".
"""

import hashlib
import hmac

from strongroom.kms.records import KeyRecord, MaterialState, Origin

_PERMANENT = (MaterialState.CURRENT, MaterialState.NON_CURRENT)


def lacks_material(key: KeyRecord) -> bool:
    """Return whether a key with imported material lacks any that belongs to it for good: then it can't be used at all."""
    if key.origin is not Origin.EXTERNAL:
        return False
    return key.current is None or any(not one.present for one in key.generations if one.state in _PERMANENT)


def expired(key: KeyRecord, now: float) -> bool:
    """Return whether imported material of `key` has reached its ValidTo and is still there."""
    return any(one.present and one.valid_to is not None and one.valid_to <= now for one in key.generations)


def lacks_material_at(key: KeyRecord, now: float) -> bool:
    """Return whether imported material that belongs to `key` for good has expired at `now`."""
    if key.origin is not Origin.EXTERNAL:
        return False
    permanent = (one for one in key.generations if one.state in _PERMANENT)
    return any(one.valid_to is not None and one.valid_to <= now for one in permanent)


def imported_material_id(key_id: str, material: bytes) -> str:
    """Return the id of imported material: 64 hexadecimal digits that depend on the key and the material and show neither.

    Related multi-Region keys have one key id, so they give the same material the same id.
    """
    return hmac.new(material, b"kms-material-id-v1" + key_id.encode(), hashlib.sha256).hexdigest()
