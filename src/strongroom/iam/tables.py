"""Which tables hold what IAM stores besides the principals themselves."""

from typing import Any

from strongroom.iam.records import AccessReportRecord
from strongroom.storage.table import Index, Table, table

BY_AGE = "age"
ACCESS_REPORTS = table(
    "iam_access_reports",
    AccessReportRecord,
    key=("account_id", "job_id"),
    indexes=(Index(BY_AGE, ("account_id", "created_ms")),),
)

TABLES: tuple[Table[Any], ...] = (ACCESS_REPORTS,)
