"""The outbox: order, envelope, retention."""

import os
from collections.abc import Callable
from typing import Any

from tests.unit.identity.memory_store import MemoryStore

from strongroom.calls.outbox import BATCH, KEPT_SECONDS, OUTBOX, ServiceNotification, envelope, forget_old_events, publish


def told(resource: str, **detail: Any) -> ServiceNotification:
    """Return a notification about a resource."""
    return ServiceNotification("aws.ssm", "Parameter Store Change", "1" * 12, "eu-west-1", (resource,), detail)


class Timed(MemoryStore):
    """A store that also searches by age, and is a job's context."""

    random_bytes = staticmethod(os.urandom)

    def claim(self, name: str, seconds: float) -> bool:
        """Give any lease: nobody else asks."""
        del name, seconds
        return True

    def release(self, name: str) -> None:
        """Take a lease back."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def now(self) -> float:
        """Return the time that the test has set."""
        return self.seconds

    def range(self, table: Any, index: str, *, until: int, after: Any = None, limit: int) -> list[Any]:
        """Return the records up to `until`."""
        del after
        return [record for record in self.scan(table, index=index, limit=limit) if table.position_of(record, index)[0] <= until]

    def read(self) -> Any:
        """Return the store itself."""
        return self

    def apply(self, work: Callable[[Any], Any]) -> bool:
        """Run work."""
        return work(self) is not None

    def tidy(self, work: Callable[[Any], bool]) -> bool:
        """Run work."""
        return work(self)


def test_the_events_of_a_resource_are_numbered_and_their_times_never_run_backwards() -> None:
    """A request that began earlier and committed later stands later, in the global order too."""
    store = MemoryStore()
    for name, now in (("a", 5.0), ("b", 4.0), ("a", 3.0), ("a", 6.0)):
        publish(store, told(name), now, os.urandom)
    found = store.scan(OUTBOX, "1" * 12, index="time", limit=10)
    assert [(record.resource, record.sequence, record.time_ms) for record in found] == [
        ("b", 1, 4000),
        ("a", 1, 5000),
        ("a", 2, 5000),
        ("a", 3, 6000),
    ]


def test_an_event_is_an_eventbridge_envelope_without_empty_details() -> None:
    """Seven documented members and the detail; times in whole seconds, UTC."""
    store = MemoryStore()
    publish(store, told("arn", name="/x", description=None), 1_700_000_000.75, os.urandom)
    event = envelope(store.scan(OUTBOX, "1" * 12, limit=1)[0])
    assert len(event.pop("id")) == 36
    assert event == {
        "version": "0",
        "detail-type": "Parameter Store Change",
        "source": "aws.ssm",
        "account": "1" * 12,
        "time": "2023-11-14T22:13:20Z",
        "region": "eu-west-1",
        "resources": ["arn"],
        "detail": {"name": "/x"},
    }


def test_old_events_are_forgotten_and_young_ones_kept() -> None:
    """However many there are; the next event of a forgotten resource is the first again."""
    store = Timed(KEPT_SECONDS + 10)
    for number in range(BATCH + 1):
        publish(store, told(f"old{number}"), 5.0, os.urandom)
    publish(store, told("young"), 11.0, os.urandom)
    forget_old_events(store)
    assert [record.resource for record in store.scan(OUTBOX, "1" * 12, limit=10)] == ["young"]
    publish(store, told("old1"), 20.0, os.urandom)
    record = store.get(OUTBOX, "1" * 12, "eu-west-1", "old1", 1)
    assert record is not None
    assert record.time_ms == 20_000
