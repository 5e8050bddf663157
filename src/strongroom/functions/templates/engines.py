"""What the strategies need of a database, whichever it is; and how a secret says whether to use TLS."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from strongroom.functions.templates.secret import EXCLUDED, RotationError

Fields = dict[str, Any]
CONNECT_SECONDS = 5


class LoginRefused(Exception):
    """The server refused these credentials, or can't be reached with them. The text is the server's."""


class Engine(ABC):
    """One kind of database.

    Attributes:
        names: what the secret's `engine` may say.
        longest_name: of a user, in characters.
        excluded: characters that passwords are made without.
    """

    names: tuple[str, ...]
    port: int
    longest_name: int
    excluded = EXCLUDED

    @abstractmethod
    def open(self, fields: Fields, *, tls: bool, verify: bool) -> Any:
        """Return a connection with the credentials in `fields`. Raises LoginRefused."""

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
        if wanted is not None:
            return self.open(fields, tls=wanted, verify=wanted)
        try:
            return self.open(fields, tls=True, verify=False)
        except LoginRefused:
            return self.open(fields, tls=False, verify=False)


def _tls_wanted(fields: Fields) -> bool | None:
    given = fields.get("ssl")
    if given is None or given == "":
        return None
    return given if isinstance(given, bool) else str(given).lower() == "true"
