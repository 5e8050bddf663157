"""What functions printed: kept sealed with everything else, the newest invocations of each function."""

from collections.abc import Callable
from typing import Protocol

import structlog

from strongroom.calls.functions import Invocation
from strongroom.core.control import Conflict
from strongroom.core.errors import ApiError, OperatorError
from strongroom.functions.records import LogRecord
from strongroom.functions.rules.limits import LOGS_KEPT
from strongroom.functions.tables import LOGS
from strongroom.storage.ports import Database, Store

log = structlog.get_logger()


class KeepLog(Protocol):
    """Keeps the output of one invocation."""

    def __call__(self, invocation: Invocation, output: bytes) -> None:
        """Store it; a failure is the server's to log, not the function's."""
        ...


def log_keeper(database: Database, now: Callable[[], float]) -> KeepLog:
    """Return what writes logs to the database, each in a unit of work of its own."""

    def keep(invocation: Invocation, output: bytes) -> None:
        record = LogRecord(
            account_id=invocation.account_id,
            region=invocation.region,
            name=invocation.name,
            time_ms=int(now() * 1000),
            request_id=invocation.request_id,
            output=output,
        )
        try:
            unit = database.begin(inline=False)
            unit.insert(LOGS, record)
            place = (record.account_id, record.region, record.name)
            for old in unit.scan(LOGS, *place, limit=4) if unit.count(LOGS, *place) >= LOGS_KEPT else ():
                unit.get(LOGS, *LOGS.key_of(old))
                unit.delete(LOGS, *LOGS.key_of(old))
            database.commit(unit).result()
        except (ApiError, OperatorError, Conflict) as error:
            log.warning("a function's log was not kept", function=invocation.arn, error=type(error).__name__)

    return keep


def newest_logs(store: Store, account_id: str, region: str, name: str, count: int) -> list[LogRecord]:
    """Return the logs of the last `count` invocations, oldest first."""
    return store.scan(LOGS, account_id, region, name, limit=count, descending=True)[::-1]
