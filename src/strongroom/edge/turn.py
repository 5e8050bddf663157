"""Requests that arrive in one turn of the event loop are answered together, at its end.

All of them have been parsed by then. They are run one after the other, with one look at the change feed before them and one write
of their audit events after them, and then all answers are sent: so many requests share what each would pay for alone, and the
processor does one kind of work at a time. A request that comes alone is answered as soon as nothing else can be read.
"""

import time
from asyncio import AbstractEventLoop
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import structlog

from strongroom.edge.asgi import ASGIApplication
from strongroom.edge.http import HttpAnswer, HttpRequest

MOST_TOGETHER = 32
MOST_SECONDS = 0.006  # that the first of them should wait for the last: where requests take long, fewer are run together
_log = structlog.get_logger()
_FAILED = HttpAnswer(500, b"text/plain; charset=utf-8", b"Internal Server Error")


@runtime_checkable
class DirectApplication(Protocol):
    """An ASGI application that can also be asked directly."""

    def begin(self, requests: Sequence[HttpRequest]) -> Sequence[HttpAnswer | ASGIApplication]:
        """Return for each request within all limits its answer, or what will send it over ASGI once it is there."""
        ...


class Connection(Protocol):
    """Where a request came from."""

    loop: AbstractEventLoop

    def answer(self, begun: HttpAnswer | ASGIApplication) -> None:
        """Send the answer, or wait for it."""
        ...

    def fail(self, answer: HttpAnswer) -> None:
        """Send this answer and close the connection."""
        ...


class Turn:
    """The requests that have arrived and are not yet run. One for all connections of a process."""

    def __init__(self, application: DirectApplication, clock: Callable[[], float] = time.perf_counter) -> None:
        self._application = application
        self._clock = clock
        self._arrived: list[tuple[Connection, HttpRequest]] = []
        self._together = MOST_TOGETHER

    def add(self, connection: Connection, request: HttpRequest) -> None:
        """Keep a whole request until `run`, which the event loop calls next."""
        if not self._arrived:
            connection.loop.call_soon(self.run)
        self._arrived.append((connection, request))

    def run(self) -> None:
        """Run all requests that have arrived, and answer them in that order."""
        while self._arrived:
            together = self._arrived[: self._together]
            del self._arrived[: self._together]
            started = self._clock()
            for (connection, _), answer in zip(together, self._answers(together), strict=True):
                try:
                    connection.answer(answer) if answer is not None else connection.fail(_FAILED)
                except Exception:  # noqa: BLE001 - one connection must not keep the others from their answers
                    _log.exception("an answer could not be sent")
            self._adapt(len(together), self._clock() - started)

    def _answers(self, together: Sequence[tuple[Connection, HttpRequest]]) -> Sequence[HttpAnswer | ASGIApplication | None]:
        """Return each request's answer or what waits for it, or None for all if the application fails."""
        try:
            return self._application.begin([request for _, request in together])
        except Exception:  # noqa: BLE001 - the event loop would only log it, and the clients wait in vain
            _log.exception("requests failed outside the pipeline")
            return [None] * len(together)

    def _adapt(self, number: int, seconds: float) -> None:
        """Choose how many are run together next: as many as take MOST_SECONDS at the pace of the last, and at most twice as many."""
        paced = int(number * MOST_SECONDS / seconds) if seconds > 0 else MOST_TOGETHER
        self._together = max(1, min(MOST_TOGETHER, 2 * self._together, paced))
