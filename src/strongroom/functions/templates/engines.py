"""What the strategies need of a database, whichever it is; and how a secret says whether to use TLS."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from strongroom.functions.templates.authorities import authorities_file
from strongroom.functions.templates.secret import EXCLUDED, RotationError

Fields = dict[str, Any]
CONNECT_SECONDS = 5


class LoginRefused(Exception):
    """The server refused these credentials, or can't be reached with them. The text is the server's."""


class CredentialsRefused(LoginRefused):
    """The server was reached and has refused these credentials."""


class Engine(ABC):
    """One kind of database.

    Attributes:
        names: what the secret's `engine` may say.
        longest_name: of a user, in characters.
        excluded: characters that passwords are made without.
        superuser_sets: whether a single user's password is set by the superuser in `masterarn`, where the secret has one.
        rights_in_database: whether the rights of users lie in the secret's own database, so that the superuser works there too.
    """

    names: tuple[str, ...]
    port: int
    longest_name: int
    excluded = EXCLUDED
    superuser_sets = False
    rights_in_database = False

    @abstractmethod
    def open(self, fields: Fields, *, tls: bool, authorities: str | None) -> Any:
        """Return a connection with the credentials in `fields`. Raises LoginRefused, CredentialsRefused.

        `authorities` is a PEM file: the server's certificate must be for the host and from one of them. Without it any certificate will do.
        """

    @abstractmethod
    def close(self, connection: Any) -> None:
        """Close a connection."""

    @abstractmethod
    def check(self, connection: Any) -> None:
        """Do one read that every user may do."""

    @abstractmethod
    def set_password(self, connection: Any, fields: Fields, old: Fields | None = None) -> None:
        """Give the user in `fields` its password; `old` holds the present one where it is known."""

    @abstractmethod
    def has_user(self, connection: Any, fields: Fields) -> bool:
        """Return whether the user in `fields` exists."""

    @abstractmethod
    def clone_user(self, connection: Any, original: Fields, fields: Fields) -> None:
        """Create the user in `fields` with the rights of the one in `original`."""

    @contextmanager
    def connection(self, fields: Fields) -> Iterator[Any]:
        """Log in and out. Without an `ssl` member TLS is tried first, and then plain. Raises LoginRefused."""
        connection = self._open(fields)
        try:
            yield connection
        finally:
            self.close(connection)

    def accepts(self, fields: Fields) -> bool:
        """Return whether the server takes these credentials."""
        try:
            with self.connection(fields) as connection:
                self.check(connection)
        except LoginRefused:
            return False
        return True

    def ensure_fields(self, fields: Fields) -> None:
        """Return if `fields` has all that this engine needs. Raises RotationError."""
        if fields.get("engine") not in self.names:
            raise RotationError(f"the secret's engine must be {' or '.join(self.names)}")
        for name in ("host", "username", "password"):
            if not isinstance(fields.get(name), str) or not fields[name]:
                raise RotationError(f"the secret has no {name}")

    def port_of(self, fields: Fields) -> int:
        """Return the port, a number or a text in the secret."""
        try:
            return int(fields.get("port") or self.port)
        except (TypeError, ValueError) as error:
            raise RotationError("the secret's port is no number") from error

    def _open(self, fields: Fields) -> Any:
        wanted = _tls_wanted(fields)
        if wanted:
            with authorities_file(fields) as path:
                return self.open(fields, tls=True, authorities=path)
        return self.open(fields, tls=False, authorities=None) if wanted is False else self._open_if_possible_with_tls(fields)

    def _open_if_possible_with_tls(self, fields: Fields) -> Any:
        """Try TLS and then plain; but a password that was refused over TLS does not follow in plain, where it could be read."""
        where = (fields["host"], self.port_of(fields))
        if where not in self._without_tls:
            try:
                return self.open(fields, tls=True, authorities=None)
            except CredentialsRefused:
                raise
            except LoginRefused:  # there may be no TLS
                pass
        try:
            connection = self.open(fields, tls=False, authorities=None)
        except CredentialsRefused:
            self._without_tls.add(where)
            raise
        self._without_tls.add(where)
        return connection

    @cached_property
    def _without_tls(self) -> set[tuple[str, int]]:
        """Servers that were found to have no TLS, while this process lives: some keep a client waiting for the answer that never comes."""
        return set()


@contextmanager
def undone_on_error(undo: Callable[[], object]) -> Iterator[None]:
    """Undo what came before the block where the block fails: for databases that keep a user whose grants have failed."""
    try:
        yield
    except Exception:
        with contextlib.suppress(Exception):  # what failed first is what the operator must see
            undo()
        raise


def _tls_wanted(fields: Fields) -> bool | None:
    given = fields.get("ssl")
    if given is None or given == "":
        return None
    return given if isinstance(given, bool) else str(given).lower() == "true"
