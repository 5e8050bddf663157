"""One thread in each worker that looks every second whether the worker can serve, and shares its metrics with the others."""

import threading
from collections.abc import Callable
from pathlib import Path

from strongroom.calls.observations import OBSERVATIONS
from strongroom.core.control import Conflict
from strongroom.core.errors import ApiError, OperatorError
from strongroom.edge.metrics import Metrics
from strongroom.storage.ports import Database

SECONDS = 1.0


class Pulse:
    """Answers `/readyz`, and writes what `/metrics` of the other workers adds up.

    Args:
        directory: shared by the workers of one server; a worker's file is called `name`.
        each_second: small work of the worker's own that must not raise.
    """

    def __init__(self, database: Database, metrics: Metrics, directory: Path, name: str, each_second: Callable[[], None]) -> None:
        self._database = database
        self._metrics = metrics
        self._file = directory / name
        self._each_second = each_second
        self._ready = False
        self._written = b""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def is_ready(self) -> bool:
        """Return whether the database could be read a moment ago."""
        return self._ready

    def start(self) -> None:
        """Look once, and then every second; after the fork."""
        self._beat()
        self._thread.start()

    def stop(self) -> None:
        """Write the last figures and end the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._share()

    def _run(self) -> None:
        while not self._stopping.wait(SECONDS):
            self._beat()

    def _beat(self) -> None:
        try:
            self._database.begin(inline=False).get(OBSERVATIONS, "pulse", "")
        except (ApiError, OperatorError, Conflict):
            self._ready = False
        else:
            self._ready = True
            self._database.beat()
        self._each_second()
        self._share()

    def _share(self) -> None:
        figures = self._metrics.snapshot()
        if figures == self._written and self._file.exists():
            self._file.touch()  # a worker that is gone is told by its file's age
            return
        temporary = self._file.with_suffix(".new")
        try:
            temporary.write_bytes(figures)
            temporary.replace(self._file)
        except OSError:
            return  # figures are a convenience: a full disk is reported by what can't do without it
        self._written = figures
