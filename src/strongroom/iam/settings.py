"""What an account has set for itself."""

from strongroom.calls.call import Call
from strongroom.identity.records import AccountSettingsRecord
from strongroom.identity.tables import ACCOUNT_SETTINGS


def settings_of(call: Call) -> AccountSettingsRecord:
    """Return the settings of the caller's account; those that were never set are as they begin."""
    return call.store.get(ACCOUNT_SETTINGS, call.account_id) or AccountSettingsRecord(account_id=call.account_id)


def keep_settings(call: Call, settings: AccountSettingsRecord) -> None:
    """Buffer changed settings."""
    if call.store.get(ACCOUNT_SETTINGS, call.account_id) is None:
        call.store.insert(ACCOUNT_SETTINGS, settings)
    else:
        call.store.replace(ACCOUNT_SETTINGS, settings)
