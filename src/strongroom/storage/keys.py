"""Wrapped domain keys: the only rows that are read before anything can be opened."""

from strongroom.core.control import Conflict
from strongroom.storage.ports import WrappedKey
from strongroom.storage.session import Session

_ADD = "INSERT INTO system_domain_keys (key_id, created_ms, wrapped) VALUES (?, ?, ?)"


def read_domain_keys(session: Session) -> list[WrappedKey]:
    """Return all wrapped domain keys, oldest first."""
    rows = session.rows("SELECT key_id, created_ms, wrapped FROM system_domain_keys ORDER BY key_id")
    return [WrappedKey(key_id, created_ms, bytes(wrapped)) for key_id, created_ms, wrapped in rows]


def add_domain_key(session: Session, key: WrappedKey) -> None:
    """Store a new domain key, in a write transaction under the writer lock. Raises Conflict if its key_id exists."""
    if session.rows("SELECT 1 FROM system_domain_keys WHERE key_id = ?", (key.key_id,)):
        raise Conflict(f"domain key {key.key_id} exists")
    session.write([(_ADD, [(key.key_id, key.created_ms, key.wrapped)])])
