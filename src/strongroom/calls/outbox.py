"""The outbox: events of services in EventBridge's shape, committed with the change that they tell of.

An event is written in the unit of work that makes the change, so it exists if and only if the change does. Its key is
the resource and a sequence number, so two writers conflict only where they conflict on the resource anyway, and the events
of a resource have one order. Times never run backwards along it: ordering by time and key is a global order that agrees.

Source: EventBridge User Guide, "Events" (the envelope).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from strongroom.calls.jobs import Job, JobContext
from strongroom.core.ids import RandomBytes, uuid4
from strongroom.storage.ports import Store
from strongroom.storage.table import Index, Table, table

ENVELOPE_VERSION = "0"
KEPT_SECONDS = 7 * 24 * 3600.0
EVERY_SECONDS = 300.0
BATCH = 500
MILLISECONDS = 1000


class ServiceNotification(msgspec.Struct, frozen=True):
    """What a service has to tell. `resources` are ARNs, and the first is the one in whose order the event stands."""

    source: str
    detail_type: str
    account_id: str
    region: str
    resources: tuple[str, ...]
    detail: Mapping[str, Any]


class OutboxRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An event in the outbox; `sequence` counts the events of the resource from 1 on."""

    account_id: str
    region: str
    resource: str
    sequence: int
    time_ms: int
    event_id: str
    source: str
    detail_type: str
    resources: tuple[str, ...]
    detail: dict[str, Any]


OUTBOX = table(
    "outbox",
    OutboxRecord,
    key=("account_id", "region", "resource", "sequence"),
    indexes=(Index("time", ("account_id", "time_ms")), Index("age", ("time_ms",))),
)
TABLES: tuple[Table[Any], ...] = (OUTBOX,)


def publish(store: Store, notification: ServiceNotification, now: float, random_bytes: RandomBytes) -> None:
    """Write an event. It is committed, or dropped, with everything else that the unit of work writes."""
    resource = (notification.account_id, notification.region, notification.resources[0])
    last = store.scan(OUTBOX, *resource, limit=1, descending=True)
    sequence, floor = (last[0].sequence + 1, last[0].time_ms) if last else (1, 0)
    record = OutboxRecord(
        account_id=notification.account_id,
        region=notification.region,
        resource=notification.resources[0],
        sequence=sequence,
        time_ms=max(int(now * MILLISECONDS), floor),
        event_id=uuid4(random_bytes),
        source=notification.source,
        detail_type=notification.detail_type,
        resources=notification.resources,
        detail={name: value for name, value in notification.detail.items() if value is not None},
    )
    store.insert(OUTBOX, record)


def envelope(record: OutboxRecord) -> dict[str, Any]:
    """Return the event as EventBridge delivers it."""
    return {
        "version": ENVELOPE_VERSION,
        "id": record.event_id,
        "detail-type": record.detail_type,
        "source": record.source,
        "account": record.account_id,
        "time": datetime.fromtimestamp(record.time_ms // MILLISECONDS, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": record.region,
        "resources": list(record.resources),
        "detail": record.detail,
    }


def forget_old_events(context: JobContext) -> None:
    """Remove events that are older than KEPT_SECONDS."""
    until = int((context.now() - KEPT_SECONDS) * MILLISECONDS)

    def remove(store: Store) -> bool:
        old = store.range(OUTBOX, "age", until=until, limit=BATCH)
        for record in old:
            store.delete(OUTBOX, *OUTBOX.key_of(record))
        return bool(old)

    while context.tidy(remove):
        pass


JOBS: tuple[Job, ...] = (Job("outbox.old-events", EVERY_SECONDS, forget_old_events),)
