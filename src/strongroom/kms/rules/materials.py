"""When imported material counts as missing.

Source: KMS Developer Guide, "Importing key material for AWS KMS keys".
"""

from strongroom.kms.records import KeyRecord, MaterialState, Origin

_PERMANENT = (MaterialState.CURRENT, MaterialState.NON_CURRENT)


def lacks_material(key: KeyRecord) -> bool:
    """Return whether a key with imported material lacks any that belongs to it for good: then it can't be used at all."""
    if key.origin is not Origin.EXTERNAL:
        return False
    return key.current is None or any(not one.present for one in key.generations if one.state in _PERMANENT)
