"""Which tables hold what Parameter Store keeps.

GetParametersByPath lists one level through the index `level` and a whole subtree through the key order of
names, so both read only what they return, at any depth and any number of parameters.
"""

from typing import Any

from strongroom.ssm.records import ParameterRecord, PublicParameterRecord, SettingRecord, UsageRecord, VersionRecord
from strongroom.storage.table import Index, Table, table

PARAMETERS = table(
    "ssm_parameters",
    ParameterRecord,
    key=("account_id", "region", "name"),
    indexes=(Index("level", ("account_id", "region", "parent")), Index("policy_due", ("policy_due",))),
)
VERSIONS = table("ssm_versions", VersionRecord, key=("account_id", "region", "name", "version"))
PUBLIC_PARAMETERS = table(
    "ssm_public_parameters", PublicParameterRecord, key=("region", "name"), indexes=(Index("level", ("region", "parent")),)
)
USAGE = table("ssm_usage", UsageRecord, key=("account_id", "region", "shard"))
SETTINGS = table("ssm_settings", SettingRecord, key=("account_id", "region", "setting_id"))

TABLES: tuple[Table[Any], ...] = (PARAMETERS, VERSIONS, PUBLIC_PARAMETERS, USAGE, SETTINGS)
