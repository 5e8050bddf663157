"""The tables of Secrets Manager."""

from typing import Any

from strongroom.secretsmanager.records import SecretRecord, VersionRecord
from strongroom.storage.table import Index, Table, table

CREATED = "created"
CHANGED = "changed"
DELETION = "deletion"
ROTATION = "rotation"

SECRETS = table(
    "secretsmanager_secrets",
    SecretRecord,
    key=("account_id", "region", "name"),
    indexes=(
        Index(CREATED, ("account_id", "region", "created_ms")),
        Index(CHANGED, ("account_id", "region", "changed_ms")),
        Index(DELETION, ("deletion_ms",)),
        Index(ROTATION, ("rotation_due_ms",)),
    ),
)
VERSIONS = table("secretsmanager_versions", VersionRecord, key=("account_id", "region", "secret_id", "version_id"))

TABLES: tuple[Table[Any], ...] = (SECRETS, VERSIONS)
