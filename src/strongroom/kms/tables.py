"""Which tables hold KMS's records."""

from typing import Any

from strongroom.kms.records import (
    AliasRecord,
    CustomKeyStoresRecord,
    ExternalKeyRecord,
    GranteeRecord,
    GrantRecord,
    ImportParametersRecord,
    KeyRecord,
    MaterialRecord,
)
from strongroom.storage.table import Index, Table, table

KEYS = table("kms_keys", KeyRecord, key=("account_id", "region", "key_id"), indexes=(Index("due", ("due_ms",)),))
MATERIALS = table("kms_materials", MaterialRecord, key=("account_id", "region", "key_id", "prefix"))
IMPORT_PARAMETERS = table(
    "kms_import_parameters",
    ImportParametersRecord,
    key=("account_id", "region", "key_id", "import_id"),
    indexes=(Index("expires", ("expires_ms",)),),
)
CUSTOM_KEY_STORES = table("kms_custom_key_stores", CustomKeyStoresRecord, key=("account_id", "region"))
EXTERNAL_KEYS = table("kms_external_keys", ExternalKeyRecord, key=("account_id", "region", "store_id", "external_key_id"))
ALIASES = table("kms_aliases", AliasRecord, key=("account_id", "region", "name"))
GRANTS = table(
    "kms_grants",
    GrantRecord,
    key=("account_id", "region", "key_id", "grant_id"),
    indexes=(Index("retirer", ("retirer", "region")), Index("name", ("name", "account_id", "region", "key_id"))),
)
GRANTEES = table("kms_grantees", GranteeRecord, key=("account_id", "region", "key_id", "grantee"))

TABLES: tuple[Table[Any], ...] = (
    KEYS,
    MATERIALS,
    IMPORT_PARAMETERS,
    CUSTOM_KEY_STORES,
    EXTERNAL_KEYS,
    ALIASES,
    GRANTS,
    GRANTEES,
)
