"""Deleting a parameter with all that hangs on it."""

from strongroom.ssm import usage
from strongroom.ssm.records import ParameterRecord
from strongroom.ssm.rules.limits import VERSIONS_KEPT
from strongroom.ssm.tables import PARAMETERS, VERSIONS
from strongroom.storage.ports import Store


def remove_parameter(store: Store, record: ParameterRecord) -> None:
    """Delete the parameter and its history, and count it out."""
    key = (record.account_id, record.region, record.name)
    for version in store.scan(VERSIONS, *key, limit=VERSIONS_KEPT):
        store.delete(VERSIONS, *key, version.version)
    store.delete(PARAMETERS, *key)
    usage.leave(store, *key, record.current.tier)
