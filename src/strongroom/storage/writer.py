"""The one thread of a process that writes. It takes whatever is queued and commits it together."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, Protocol, TypeVar

from strongroom.core.control import Conflict
from strongroom.core.errors import ServiceUnavailable
from strongroom.storage.batch import Prepared
from strongroom.storage.session import Session

T = TypeVar("T")
Task = Callable[[Session], Any]
LARGEST_BATCH = 256


class Transactions(Protocol):
    """What an engine does for the writer thread; only that thread calls it."""

    def commit_units(self, units: Sequence[Prepared]) -> Sequence[Conflict | None]:
        """Commit the units in one transaction, durably, and bring the cache up to date. Returns each unit's result."""
        ...

    def commit_task(self, task: Task) -> Any:
        """Run `task` in a transaction of its own, commit, and return its result."""
        ...

    def is_outage(self, error: Exception) -> bool:
        """Return whether `error` says that the database can't be used now, whatever is written."""
        ...

    def is_driver_error(self, error: Exception) -> bool:
        """Return whether `error` comes from the database and not from our own code."""
        ...

    def disconnect(self) -> None:
        """Close what the writer thread has opened."""
        ...


@dataclass(frozen=True, slots=True)
class _Item:
    work: Prepared | Task
    future: Future[Any]


class Writer:
    """Queues units of work and tasks, and runs them in order of arrival."""

    def __init__(self, transactions: Transactions, name: str) -> None:
        self._transactions = transactions
        self._queue: SimpleQueue[_Item | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name=name)
        self._log = logging.getLogger(__name__)
        self._closing = False
        self._lock = Lock()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """Finish what is queued and end the thread."""
        with self._lock:
            self._closing = True
            self._queue.put(None)
        self._thread.join()

    def submit(self, work: Prepared | Task) -> Future[Any]:
        """Queue a unit or a task. The future ends once it is durable."""
        future: Future[Any] = Future()
        with self._lock:
            if not self._closing:
                self._queue.put(_Item(work, future))
                return future
        future.set_exception(ServiceUnavailable())
        return future

    def waiting(self) -> int:
        """Return how many units and tasks are queued."""
        return self._queue.qsize()

    def call(self, task: Callable[[Session], T]) -> T:
        """Run `task` in a transaction of its own and wait for its result. Raises ServiceUnavailable, or what the task raises."""
        result: T = self.submit(task).result()
        return result

    def _run(self) -> None:
        try:
            while (item := self._queue.get()) is not None:
                batch, ended = self._batch(item)
                self._process([item for item in batch if item.future.set_running_or_notify_cancel()])
                if ended:
                    break
        finally:
            self._transactions.disconnect()

    def _batch(self, first: _Item) -> tuple[list[_Item], bool]:
        batch = [first]
        while len(batch) < LARGEST_BATCH:
            try:
                item = self._queue.get_nowait()
            except Empty:
                break
            if item is None:
                return batch, True
            batch.append(item)
        return batch, False

    def _process(self, batch: Sequence[_Item]) -> None:
        """Run neighbouring units together, and each task alone."""
        units: list[tuple[Prepared, Future[Any]]] = []
        for item in batch:
            if isinstance(item.work, Prepared):
                units.append((item.work, item.future))
                continue
            self._commit(units)
            units = []
            self._call(item.work, item.future)
        self._commit(units)

    def _call(self, task: Task, future: Future[Any]) -> None:
        try:
            result = self._transactions.commit_task(task)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer to who asked, and the writer goes on
            self._fail([future], error)
        else:
            future.set_result(result)

    def _commit(self, units: Sequence[tuple[Prepared, Future[Any]]]) -> None:
        if not units:
            return
        try:
            results = self._transactions.commit_units([unit for unit, _ in units])
        except Exception as error:  # noqa: BLE001 - as in _call
            self._failed(units, error)
            return
        for (_, future), conflict in zip(units, results, strict=True):
            if conflict is None:
                future.set_result(None)
            else:
                future.set_exception(conflict)

    def _failed(self, units: Sequence[tuple[Prepared, Future[Any]]], error: Exception) -> None:
        """Answer a failed batch. If one unit's content can be the cause, each is tried alone, so that its neighbours are not hurt."""
        if len(units) > 1 and not self._transactions.is_outage(error):
            for unit in units:
                self._commit([unit])
            return
        self._fail([future for _, future in units], error)

    def _fail(self, futures: Sequence[Future[Any]], error: Exception) -> None:
        known = not self._transactions.is_driver_error(error)
        if not known:
            self._log.error("the database did not take a commit: %s: %s", type(error).__name__, error)
        for future in futures:
            answer = error if known else ServiceUnavailable()
            if answer is not error:
                answer.__cause__ = error
            future.set_exception(answer)
