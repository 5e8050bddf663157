"""The thread that keeps this node's cache current, and knows since when it may not be."""

import logging
import os
import select
from threading import Event, Thread
from time import monotonic

import psycopg

from strongroom.core.errors import OperatorError
from strongroom.storage.cache import Cache
from strongroom.storage.feed import catch_up
from strongroom.storage.postgresql.session import PostgresqlSession, connect

CHANNEL = "strongroom_feed"
POLL_SECONDS = 0.25
# A node that could not confirm its position for this long does not trust its cache.
TRUST_SECONDS = 1.0
RECONNECT_SECONDS = 0.25


class Follower:
    """Reads the feed whenever a commit is announced, and every POLL_SECONDS in case an announcement was lost."""

    def __init__(self, url: str, cache: Cache) -> None:
        self._url = url
        self._cache = cache
        self._log = logging.getLogger(__name__)
        self._thread = Thread(target=self._run, name="strongroom-feed")
        self._stop = Event()
        self._confirmed = 0.0
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

    def is_current(self) -> bool:
        """Return whether the cache was confirmed within TRUST_SECONDS."""
        return monotonic() - self._confirmed < TRUST_SECONDS

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with connect(self._url, autocommit=True) as connection:
                    self._follow(connection)
            except (psycopg.Error, OperatorError) as error:
                self._log.warning("the change feed is out of reach: %s: %s", type(error).__name__, error)
                self._stop.wait(RECONNECT_SECONDS)

    def _follow(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        session = PostgresqlSession(connection)
        session.rows(f"LISTEN {CHANNEL}")
        while not self._stop.is_set():
            asked = monotonic()
            catch_up(session, self._cache)
            self._confirmed = asked
            select.select([connection.fileno(), self._wake_read], [], [], POLL_SECONDS)
            for _ in connection.notifies(timeout=0):
                pass
