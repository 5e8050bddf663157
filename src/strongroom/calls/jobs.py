"""Timed work: what a service room declares, and what its function is given. Run under a lease by one process at a time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from strongroom.core.ids import RandomBytes
from strongroom.storage.ports import Store


@dataclass(frozen=True, slots=True)
class ServiceEvent:
    """An act of the server's own, as CloudTrail records it: eventType AwsServiceEvent, invokedBy `AWS Internal`.

    `error_code` and `error_message` say what failed, for events of failures.
    """

    event_source: str
    event_name: str
    account_id: str
    region: str
    resources: tuple[tuple[str, str, str], ...] = ()
    additional: Mapping[str, Any] = field(default_factory=dict)
    error_code: str | None = None
    error_message: str | None = None


class JobContext(Protocol):
    """What a job may use."""

    random_bytes: RandomBytes

    def now(self) -> float:
        """Return seconds since the epoch on the schedule clock."""
        ...

    def read(self) -> Store:
        """Return a fresh store for looking for due work (blocking; its writes are never committed)."""
        ...

    def apply(self, work: Callable[[Store], ServiceEvent | None]) -> bool:
        """Run `work` in a unit of work of its own and commit it with the event that it returns.

        `work` reads the record again and returns None if nothing is due any more; it is run again on a conflict.
        Returns whether something was committed.
        """
        ...

    def tidy(self, work: Callable[[Store], bool]) -> bool:
        """Run `work` in a unit of work of its own and commit it without an event, for clearing up that no account would miss.

        `work` returns whether it did anything, and is run again on a conflict. Returns whether something was committed.
        """
        ...

    def claim(self, name: str, seconds: float) -> bool:
        """Take or renew a lease of this process; False if another holds it. For work that goes on beside other work of its job."""
        ...

    def release(self, name: str) -> None:
        """Give a claimed lease up."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of timed work.

    Attributes:
        name: also the name of its lease.
        every: how often it looks for work, in seconds.
        on_every_node: it runs on each node, without a lease (what concerns the node itself).
    """

    name: str
    every: float
    run: Callable[[JobContext], None]
    on_every_node: bool = False
