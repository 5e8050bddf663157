"""When a key was last used successfully.

Source: KMS API Reference, GetKeyLastUsage.
"""

from strongroom.calls.call import Call, Observation
from strongroom.calls.observations import latest
from strongroom.kms.records import KeyRecord
from strongroom.kms.rules.limits import SECONDS_PER_DAY
from strongroom.kms.tables import KEYS
from strongroom.storage.ports import Store

KIND = "kms-key"
TRAILING_DAYS = "kms:trailingdayswithoutkeyusage"
TRAILING_DAYS_OPERATIONS = frozenset({"ScheduleKeyDeletion", "DisableKey"})


def note_use(call: Call, key: KeyRecord, operation: str) -> None:
    """Remember that `key` was just used for `operation`. Never a durable write of this call."""
    detail = f"{operation} {call.origin.request_id}"
    call.environment.observe(Observation(KIND, (key.account_id, key.region, key.key_id), call.now, detail))


def last_use(call: Call, key: KeyRecord) -> Observation | None:
    """Return the newest use that has reached the store, or None. Its detail is the operation and the request id."""
    return latest(call.store, KIND, (key.account_id, key.region, key.key_id))


def trailing_days(call: Call, key: KeyRecord) -> int:
    """Return for how many whole days the key has not been used, counted from its creation if it never was."""
    used = last_use(call, key)
    return int((call.now - (used.time if used else key.created_at)) // SECONDS_PER_DAY)


def _key_exists(store: Store, key: tuple[str, ...]) -> bool:
    return store.get(KEYS, *key) is not None


OBSERVED = {KIND: _key_exists}
