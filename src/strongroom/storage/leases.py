"""Leases with fencing tokens, timed by the database's own clock so that nodes need not agree on theirs.

If that clock is put back, a lease would seem to last for as long: one that ends later than a new one would counts as lapsed.
Whoever still works under it is fenced.
"""

from collections.abc import Callable
from typing import Any

from strongroom.storage.dialect import Dialect
from strongroom.storage.reader import RunStatement
from strongroom.storage.session import Session

_FIND = "SELECT owner, token, expires_ms FROM system_leases WHERE name = ?"
_RELEASE = "UPDATE system_leases SET expires_ms = 0, token = token + 1 WHERE name = ? AND owner = ?"
_PUT = (
    "INSERT INTO system_leases (name, owner, token, expires_ms) VALUES (?, ?, ?, ?) ON CONFLICT (name) "
    "DO UPDATE SET owner = excluded.owner, token = excluded.token, expires_ms = excluded.expires_ms"
)


class SqlLeases:
    """Implements ports.Leases.

    Args:
        read: runs one statement in autocommit.
        write: runs a function in a write transaction, where no other writer is, and waits until it is durable.
    """

    def __init__(self, read: RunStatement, write: Callable[[Callable[[Session], Any]], Any], dialect: Dialect) -> None:
        self._read = read
        self._write = write
        self._held = (
            f"SELECT 1 FROM system_leases WHERE name = ? AND owner <> ? AND expires_ms > {dialect.now_ms} "  # noqa: S608 - constants
            f"AND expires_ms <= {dialect.now_ms} + ?"
        )
        self._clock = f"SELECT {dialect.now_ms}"

    def acquire(self, name: str, owner: str, seconds: float) -> int | None:
        """See ports.Leases. Raises ServiceUnavailable."""
        length = int(seconds * 1000)

        def take(session: Session) -> int | None:
            now = session.rows(self._clock)[0][0]
            holder, token, expires = (session.rows(_FIND, (name,)) or [(None, 0, 0)])[0]
            lasts = now < expires <= now + length
            if holder != owner and lasts:
                return None
            # An expired lease gets a new token even from its old owner: somebody may have seen it lapse.
            granted = int(token) if holder == owner and lasts else int(token) + 1
            session.write([(_PUT, [(name, owner, granted, now + length)])])
            return granted

        # Nodes that wait for a lease look at it again and again; that should not hold up writers.
        if self._read(self._held, (name, owner, length)):
            return None
        granted: int | None = self._write(take)
        return granted

    def release(self, name: str, owner: str) -> None:
        """See ports.Leases. The row stays, so that its token never comes back. Raises ServiceUnavailable."""
        self._write(lambda session: session.write([(_RELEASE, [(name, owner)])]))
