"""Reading connections: one in autocommit for each thread, and the check that its cache is still current."""

from pathlib import Path
from threading import Lock, local
from weakref import WeakSet

import apsw

from strongroom.core.errors import ServiceUnavailable
from strongroom.storage.cache import Cache
from strongroom.storage.feed import catch_up
from strongroom.storage.session import Arguments, Row
from strongroom.storage.sqlite.session import SqliteSession, connect


class View:
    """One thread's reading connection.

    `PRAGMA data_version` changes when another connection has committed. It is only true on a connection whose
    statements are all read to exhaustion, because an open one holds an old snapshot.
    """

    def __init__(self, path: Path) -> None:
        connection = connect(path)
        self.session = SqliteSession(connection)
        self._pragma = connection.cursor()
        self._seen: object = None

    def refresh(self, cache: Cache) -> None:
        """Make the cache current as of now."""
        version = self._pragma.execute("PRAGMA data_version").fetchall()[0][0]
        if version != self._seen:
            catch_up(self.session, cache)
            self._seen = version

    def close(self) -> None:
        """Close the connection."""
        self.session.connection.close()


class _Local(local):
    view: View | None = None


class Views:
    """The views of all threads. A thread's view is closed when it ends, and all of them by `close`."""

    def __init__(self, path: Path, cache: Cache) -> None:
        self._path = path
        self._cache = cache
        self._local = _Local()
        self._all: WeakSet[View] = WeakSet()
        self._lock = Lock()

    def refresh(self) -> None:
        """Make the cache current as of now. Raises ServiceUnavailable."""
        view = self._local.view or self._opened()
        try:
            view.refresh(self._cache)
        except apsw.Error as error:
            raise ServiceUnavailable from error

    def run(self, sql: str, arguments: Arguments) -> list[Row]:
        """Run one reading statement on this thread's connection. Raises ServiceUnavailable."""
        view = self._local.view or self._opened()
        try:
            return view.session.rows(sql, arguments)
        except apsw.Error as error:
            raise ServiceUnavailable from error

    def close(self) -> None:
        """Close every connection. No thread may be reading."""
        with self._lock:
            for view in list(self._all):
                view.close()
            self._local = _Local()

    def _opened(self) -> View:
        try:
            view = View(self._path)
        except apsw.Error as error:
            raise ServiceUnavailable from error
        with self._lock:
            self._all.add(view)
        self._local.view = view
        return view
