"""The thread that keeps this node's cache current."""

import logging
import os
import select
from threading import Event, Thread
from time import monotonic

import psycopg

from strongroom.core.errors import OperatorError
from strongroom.storage.cache import Cache
from strongroom.storage.feed import catch_up, start_over
from strongroom.storage.postgresql.link import Link
from strongroom.storage.postgresql.session import PostgresqlSession
from strongroom.storage.session import Row

CHANNEL = "strongroom_feed"
POLL_SECONDS = 0.25
RECONNECT_SECONDS = 0.25
# Commits that follow each other faster than this are read together; one after a pause is read at once.
GATHER_SECONDS = 0.01


class Follower:
    """Reads the feed whenever a commit is announced, and every POLL_SECONDS in case an announcement was lost."""

    def __init__(self, link: Link, cache: Cache) -> None:
        self._link = link
        self._cache = cache
        self._log = logging.getLogger(__name__)
        self._thread = Thread(target=self._run, name="strongroom-feed")
        self._stop = Event()
        self._wake_read, self._wake_write = -1, -1

    def start(self) -> None:
        """Start the thread."""
        self._wake_read, self._wake_write = os.pipe()
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        os.write(self._wake_write, b"\0")
        self._thread.join()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._link.connect(autocommit=True) as connection:
                    self._follow(connection)
            except (psycopg.Error, OperatorError) as error:
                self._log.warning("the change feed is out of reach: %s: %s", type(error).__name__, error)
                self._stop.wait(RECONNECT_SECONDS)

    def _follow(self, connection: psycopg.Connection[Row]) -> None:
        session = PostgresqlSession(connection)
        session.rows(f"LISTEN {CHANNEL}")
        # The server may be another one by now, promoted with less than the old one had shown, so that numbers are given out again.
        start_over(session, self._cache)
        while not self._stop.is_set():
            asked = monotonic()
            catch_up(session, self._cache)
            self._link.confirm(asked)
            if not any(connection.notifies(timeout=0)):  # nothing was announced while the feed was read
                select.select([connection.fileno(), self._wake_read], [], [], POLL_SECONDS)
            if monotonic() - asked < GATHER_SECONDS:
                self._stop.wait(GATHER_SECONDS)
