"""Runs Secrets Manager and KMS the way the engine does, over a store in memory."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import msgspec
from tests.unit.identity.memory_store import MemoryStore, PlainTokens

import strongroom.kms.operations
import strongroom.secretsmanager.operations  # noqa: F401 - both register their operations
from strongroom.calls.call import Call, Environment, Observation, Origin
from strongroom.calls.execution import Execution
from strongroom.calls.jobs import ServiceEvent
from strongroom.calls.operation import Service
from strongroom.calls.target import Resource, Target
from strongroom.core.arn import root_arn
from strongroom.core.clocks import Clock
from strongroom.core.ids import RandomBytes
from strongroom.identity.principal import root_principal
from strongroom.kms.service import KMS
from strongroom.secretsmanager.service import SECRETS_MANAGER
from strongroom.storage.table import Key, Table

R = TypeVar("R", bound=msgspec.Struct)
ACCOUNT = "111122223333"
REGION = "eu-west-1"
ROOT = root_principal(ACCOUNT, root_arn(ACCOUNT))
START = 1_700_000_000.0


class TimedStore(MemoryStore):
    """A store in memory that timed work can search too."""

    def range(self, table: Table[R], index: str, *, until: int, after: Key | None = None, limit: int) -> list[R]:
        """Return records whose first index column is due."""
        column = table.index(index).columns[0]
        rows = (msgspec.msgpack.decode(data, type=table.record) for data in self._table(table).values())
        due = [(table.position_of(row, index), row) for row in rows if (getattr(row, column) or until + 1) <= until]
        placed: list[tuple[Any, R]] = sorted(due, key=lambda item: item[0])
        return [row for position, row in placed if after is None or position > after][:limit]


@dataclass
class Time:
    """A clock that tests move."""

    seconds: float = START

    def now(self) -> float:
        """Return seconds since the epoch."""
        return self.seconds


@dataclass
class BothClocks:
    """One time for both."""

    wall: Clock
    schedule: Clock


class Bench:
    """One server in memory. `now` may be moved."""

    random_bytes: RandomBytes = staticmethod(os.urandom)

    def __init__(self, *more: Service) -> None:
        self.store: Any = TimedStore()
        self._clock = Time()
        self.observed: list[Observation] = []
        self.events: list[str] = []
        self._services: Mapping[str, Service] = {service.name: service for service in (KMS, SECRETS_MANAGER, *more)}

    def now(self) -> float:
        """Return the bench's time, for both clocks and for jobs."""
        return self.time

    @property
    def time(self) -> float:
        """Return the bench's time; it may be set."""
        return self._clock.seconds

    @time.setter
    def time(self, seconds: float) -> None:
        self._clock.seconds = seconds

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        """Run one call of Secrets Manager as root; its writes are dropped if it raises."""
        clocks, nowhere = BothClocks(self._clock, self._clock), cast("Any", None)  # no audit search is asked for
        environment = Environment(clocks, os.urandom, PlainTokens(), self.observed.append, nowhere)
        run = Execution(self._services, environment, self.store, Origin("req", "127.0.0.1", "test"), self.time)
        with self.store.savepoint():
            return run.begin("secretsmanager", operation, ROOT, REGION, request)

    def claim(self, name: str, seconds: float) -> bool:
        """Give any lease: nobody else asks."""
        del name, seconds
        return True

    def release(self, name: str) -> None:
        """Take a lease back."""

    def read(self) -> Any:
        """Return the store, as a job's context does."""
        return self.store

    def apply(self, work: Callable[[Any], ServiceEvent | None]) -> bool:
        """Run a job's work and note its event."""
        event = work(self.store)
        if event is not None:
            self.events.append(event.event_name)
        return event is not None

    def tidy(self, work: Callable[[Any], bool]) -> bool:
        """Run a job's clearing up."""
        return work(self.store)


def functions() -> Service:
    """Return a Lambda service whose every function may be invoked."""
    service = Service("lambda", event_source="lambda.amazonaws.com")

    def function(call: Call, request: Mapping[str, Any]) -> Target[None]:
        principal = '{"Service":"secretsmanager.amazonaws.com"}'
        policy = f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"lambda:*","Resource":"*"}}]}}'
        return Target(Resource(request["FunctionName"], call.account_id, policy=policy))

    @service.operation("Invoke", action="lambda:InvokeFunction", resource=function)
    def invoke(call: Call, _: None, request: Mapping[str, Any]) -> dict[str, Any]:
        del call, request
        return {"StatusCode": 204}

    return service
