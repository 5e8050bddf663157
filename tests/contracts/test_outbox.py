"""The outbox on both engines: events are there exactly with the change that they tell of, in one order, and old ones go."""

import os
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.support.stores import THINGS, AnyDatabase, Backend, bump, put, thing, value_of

from strongroom.calls.call import Environment
from strongroom.calls.engine import Trail
from strongroom.calls.outbox import BATCH, KEPT_SECONDS, OUTBOX, OutboxRecord, ServiceNotification, forget_old_events, publish
from strongroom.calls.scheduler import Context
from strongroom.core.control import Conflict

TABLES = (THINGS, OUTBOX)
ACCOUNT = "1" * 12
WRITERS, EACH = 4, 15


def told(resource: str, **detail: Any) -> ServiceNotification:
    """Return a notification about a resource."""
    return ServiceNotification("aws.ssm", "Parameter Store Change", ACCOUNT, "eu-west-1", (resource,), detail)


def change(database: AnyDatabase, name: str, now: float) -> bool:
    """Change a record and tell of it, in one unit; return whether it was committed."""
    unit = database.begin(inline=False)
    bump(unit, name)
    publish(unit, told(name, to=value_of(database, name)), now, os.urandom)
    try:
        database.commit(unit).result()
    except Conflict:
        return False
    return True


def events(database: AnyDatabase, limit: int = 1000) -> list[OutboxRecord]:
    """Return an account's events in their global order."""
    return database.begin(inline=False).scan(OUTBOX, ACCOUNT, index="time", limit=limit)


def test_writers_of_one_resource_on_two_nodes_leave_one_order_without_gaps(backend: Backend) -> None:
    """Each committed change has its event, and a unit that conflicts leaves none."""
    nodes = [backend.open(TABLES), backend.open(TABLES)]
    put(nodes[0], thing("x"))

    def work(number: int) -> None:
        done = 0
        while done < EACH:
            done += change(nodes[number % 2], "x", 100.0 - number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = events(backend.open(TABLES))
    assert value_of(nodes[0], "x") == WRITERS * EACH
    assert [record.sequence for record in found] == list(range(1, WRITERS * EACH + 1))
    assert [record.time_ms for record in found] == sorted(record.time_ms for record in found)
    assert [record.detail for record in found] == [{"to": number} for number in range(WRITERS * EACH)]


def test_a_change_that_is_taken_back_leaves_no_event(backend: Backend) -> None:
    """A nested call's writes go with its savepoint, its events too."""
    database = backend.open(TABLES)
    unit = database.begin(inline=False)
    unit.insert(THINGS, thing("x"))
    publish(unit, told("kept"), 1.0, os.urandom)

    def nested() -> None:
        with unit.savepoint():
            publish(unit, told("dropped"), 1.0, os.urandom)
            raise KeyError

    with pytest.raises(KeyError):
        nested()
    database.commit(unit).result()
    assert [record.resource for record in events(database)] == ["kept"]


def test_old_events_are_forgotten_and_young_ones_kept(backend: Backend) -> None:
    """More than one batch of them, by the index of their age."""
    database = backend.open(TABLES)
    for begin in range(0, BATCH + 20, 130):
        unit = database.begin(inline=False)
        for number in range(begin, begin + 130):
            publish(unit, told(f"old{number}"), 5.0, os.urandom)
        database.commit(unit).result()
    unit = database.begin(inline=False)
    publish(unit, told("young"), 11.0, os.urandom)
    database.commit(unit).result()
    clocks = SimpleNamespace(schedule=SimpleNamespace(now=lambda: KEPT_SECONDS + 10))
    environment = cast("Environment", SimpleNamespace(clocks=clocks, random_bytes=os.urandom))
    forget_old_events(Context(database, cast("Trail", None), environment))
    assert [record.resource for record in events(database)] == ["young"]
