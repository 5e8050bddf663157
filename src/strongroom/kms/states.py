"""The state of a key as of this call: what is stored, and what follows from its material's expiry and its key store's connection."""

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.kms.key_stores import is_disconnected
from strongroom.kms.records import KeyRecord, KeyState
from strongroom.kms.rules.materials import lacks_material_at
from strongroom.kms.rules.states import ensure_state_allows

_CAN_BECOME_UNUSABLE = (KeyState.ENABLED, KeyState.DISABLED)


def state_of(call: Call, key: KeyRecord) -> KeyState:
    """Return the key's state now.

    Imported material counts as gone from its ValidTo on, before timed work has erased it.
    """
    if key.state in _CAN_BECOME_UNUSABLE and lacks_material_at(key, call.now):
        return KeyState.PENDING_IMPORT
    if key.state in _CAN_BECOME_UNUSABLE and is_disconnected(call.store, key):
        return KeyState.UNAVAILABLE
    return key.state


def ensure_allowed(call: Call, operation: str, key: KeyRecord) -> None:
    """Return if `operation` is allowed on `key` in its state now. Raises KeyDisabled or InvalidState."""
    ensure_state_allows(operation, state_of(call, key), key.arn)


def as_seen(call: Call, key: KeyRecord) -> KeyRecord:
    """Return `key` for showing, with its state now."""
    return replace(key, state=state_of(call, key))
