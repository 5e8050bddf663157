"""The tables of the functions room."""

from typing import Any

from strongroom.functions.records import CodeRecord, FunctionRecord, LogRecord
from strongroom.storage.table import Table, table

FUNCTIONS = table("lambda_functions", FunctionRecord, key=("account_id", "region", "name"))
CODE = table("lambda_code", CodeRecord, key=("account_id", "region", "name", "code_sha256"))
LOGS = table("lambda_logs", LogRecord, key=("account_id", "region", "name", "time_ms", "request_id"))

TABLES: tuple[Table[Any], ...] = (FUNCTIONS, CODE, LOGS)
