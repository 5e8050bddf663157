"""Domain keys: random 256-bit keys wrapped by the root key, from which every other key of the server is derived.

Key 0 is the purpose key. It is made once and never replaced: chains and other long-lived MACs hang on it. Keys 1..
are domain keys; the newest one is active, and older ones stay so that what they sealed still opens.
"""

import threading
from collections.abc import Sequence
from typing import Protocol

from strongroom.core.control import Conflict
from strongroom.core.errors import OperatorError
from strongroom.core.wrapped_key import WrappedKey
from strongroom.crypto.kdf import KEY_BYTES, hkdf
from strongroom.crypto.random import random_bytes
from strongroom.crypto.seals import Seal

PURPOSE_KEY_ID = 0
FIRST_DOMAIN_KEY_ID = 1


class WrappedKeyStore(Protocol):
    """Where wrapped keys live; storage.ports.KeyStore is one."""

    def domain_keys(self) -> Sequence[WrappedKey]:
        """Return all wrapped keys."""
        ...

    def add_domain_key(self, key: WrappedKey) -> None:
        """Store a new key durably. Raises core.control.Conflict if its key_id exists."""
        ...


def wrap_aad(key_id: int) -> bytes:
    """Return what a wrapped key is bound to: `dk` and its number, so that no key can stand in for another."""
    return b"dk" + key_id.to_bytes(4, "big")


class DomainKeyRing:
    """The unwrapped domain keys of this process. Safe to use from many threads; survives a fork.

    Attributes:
        active_id: the domain key that new records are sealed under.
        active_created_ms: when that key was made, for deciding on rotation.
    """

    def __init__(self, store: WrappedKeyStore, seal: Seal) -> None:
        """Unwrap every stored key. Raises OperatorError if there are none, or the root key is the wrong one."""
        self._store = store
        self._seal = seal
        self._lock = threading.Lock()
        self._keys: dict[int, bytes] = {}
        self._derived: dict[tuple[int, str], bytes] = {}
        self.active_id = self.active_created_ms = 0
        self.reload()

    @classmethod
    def create(cls, store: WrappedKeyStore, seal: Seal, now_ms: int) -> "DomainKeyRing":
        """Return the ring of `store`, after making the purpose key and the first domain key if they are missing."""
        present = {key.key_id for key in store.domain_keys()}
        for key_id in (PURPOSE_KEY_ID, FIRST_DOMAIN_KEY_ID):
            if key_id not in present:
                _add(store, seal, key_id, now_ms)
        return cls(store, seal)

    def reload(self) -> None:
        """Take up keys that another process or node has added. Raises OperatorError as the constructor does."""
        stored = sorted(self._store.domain_keys(), key=lambda key: key.key_id)
        if len(stored) <= FIRST_DOMAIN_KEY_ID or stored[0].key_id != PURPOSE_KEY_ID:
            raise OperatorError("the database holds no domain keys: run `strongroom init`, or restore the database from its backup")
        with self._lock:
            for key in stored:
                if key.key_id not in self._keys:
                    self._keys[key.key_id] = self._seal.unwrap(key.wrapped, wrap_aad(key.key_id))
            self.active_created_ms = stored[-1].created_ms
            self.active_id = stored[-1].key_id

    def rotate(self, now_ms: int) -> int:
        """Make a new active domain key and return its id; if another node rotated first, take up its key instead."""
        _add(self._store, self._seal, self.active_id + 1, now_ms)
        self.reload()
        return self.active_id

    def derive(self, label: str) -> bytes:
        """Return the 32-byte key for `label` that stays the same for the life of the database."""
        key = self.subkey(PURPOSE_KEY_ID, label)
        if key is None:
            raise OperatorError("the purpose key is missing from the database: restore the database from its backup")
        return key

    def subkey(self, key_id: int, label: str) -> bytes | None:
        """Return the 32-byte key for `label` under one domain key, or None if this process does not hold that key.

        Source: RFC 5869.
        """
        found = self._derived.get((key_id, label))
        if found is None and key_id in self._keys:
            found = self._derived[key_id, label] = hkdf(self._keys[key_id], label.encode())
        return found


def _add(store: WrappedKeyStore, seal: Seal, key_id: int, now_ms: int) -> None:
    try:
        store.add_domain_key(WrappedKey(key_id, now_ms, seal.wrap(random_bytes(KEY_BYTES), wrap_aad(key_id))))
    except Conflict:
        return  # another process made it; its key is as good as ours
