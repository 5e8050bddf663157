"""A rolling upgrade with a new layout, under load: no call fails and no record is lost. Real servers, one PostgreSQL."""

import itertools
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from tests.support.nodes import Installation, root_of
from tests.support.postgresql import PostgresqlServer
from tests.support.process import ServerProcess
from tests.support.waiting import until

SECONDS = 60.0
BEFORE = 150


class Traffic:
    """A client of one node that creates, changes, reads and lists parameters. Whatever is not answered well is in `failures`."""

    def __init__(self, node: ServerProcess, name: str) -> None:
        self.failures: list[str] = []
        self.written: dict[str, str] = {}
        self.rounds = 0
        self._clients = root_of(node)
        self._path = f"/{name}"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.end()

    def end(self) -> None:
        """Finish what is under way."""
        self._stop.set()
        self._thread.join()

    def wait_for_more(self, rounds: int) -> None:
        """Return once so many further rounds were made."""
        wanted = self.rounds + rounds
        until(SECONDS, lambda: self.rounds >= wanted or bool(self.failures))

    def _run(self) -> None:
        ssm = self._clients.ssm
        for number in itertools.count():
            if self._stop.is_set():
                break
            name, value = f"{self._path}/{number // 2}", str(number)
            self._ask(lambda: ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True))  # noqa: B023
            self.written[name] = value
            self._ask(lambda: ssm.get_parameter(Name=f"/before/{number % BEFORE}"))  # noqa: B023
            self._ask(lambda: ssm.get_parameters_by_path(Path=self._path))
            self.rounds += 1
        self._clients.close()

    def _ask(self, call: Callable[[], Any]) -> None:
        try:
            call()
        except (ClientError, BotoCoreError) as error:
            self.failures.append(str(error))


def layouts(url: str) -> dict[int, int]:
    """Return layout number -> how many parameters have it."""
    with psycopg.connect(url, autocommit=True) as connection:
        return dict(connection.execute("SELECT layout, count(*) FROM ssm_parameters GROUP BY layout").fetchall())


def is_settled(url: str) -> bool:
    """Return whether searches rely on the new column."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT value FROM system_meta WHERE name = 'settled:ssm_parameters'").fetchall()
    return found == [("2",)]


@pytest.mark.timeout(300)
def test_an_upgrade_under_load_fails_no_call_and_loses_no_record(tmp_path: Path, postgresql_server: PostgresqlServer) -> None:
    """Old and new side by side, then the new one alone: rows are brought up to date meanwhile, and the old one is refused."""
    with ExitStack() as stack:
        url = postgresql_server.new_database()
        made = Installation(tmp_path, [url], stack, workers=1)
        old = made.join()
        clients = root_of(old)
        stack.callback(clients.close)
        for number in range(BEFORE):
            clients.ssm.put_parameter(Name=f"/before/{number}", Value=str(number), Type="String")
        with Traffic(old, "old") as through_old:
            through_old.wait_for_more(5)
            made.program = "tests.support.newer"
            new = made.join()
            with Traffic(new, "new") as through_new:
                through_new.wait_for_more(15)
                through_old.wait_for_more(15)
                assert set(layouts(url)) == {1}, "the older node could not read these"
                through_old.end()
                assert old.stop() == 0
                until(SECONDS, lambda: is_settled(url))
                through_new.wait_for_more(5)
        assert through_old.failures + through_new.failures == []
        assert set(layouts(url)) == {2}
        after = root_of(new)
        stack.callback(after.close)
        expected = {**through_old.written, **through_new.written, **{f"/before/{number}": str(number) for number in range(BEFORE)}}
        found = {name: after.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] for name in expected}
        assert found == expected
        made.program = "strongroom"
        made.serve(0)
        log = made.data(0) / "log"
        until(SECONDS, lambda: "install that version here too" in log.read_text(encoding="utf-8"))
