"""Service settings as they stand for an account in a Region."""

from strongroom.calls.call import Call
from strongroom.ssm.records import SettingRecord
from strongroom.ssm.rules.settings import DEFAULT_TIER, DEFAULTS
from strongroom.ssm.rules.tiers import ADVANCED, STANDARD
from strongroom.ssm.tables import SETTINGS
from strongroom.ssm.usage import AWS_ROOM, Room


def setting_record(call: Call, setting_id: str) -> SettingRecord | None:
    """Return the setting if it was changed from its default."""
    return call.store.get(SETTINGS, call.account_id, call.region, setting_id)


def default_tier(call: Call) -> str:
    """Return the tier that counts where PutParameter names none."""
    record = setting_record(call, DEFAULT_TIER)
    return record.value if record else DEFAULTS[DEFAULT_TIER]


def room_of(call: Call) -> Room:
    """Return how many parameters of each tier an account may have in a Region."""
    quotas = call.environment.parameters
    return AWS_ROOM if quotas is None else {STANDARD: quotas.standard, ADVANCED: quotas.advanced}
