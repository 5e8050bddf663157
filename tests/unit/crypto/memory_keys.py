"""A key store in memory and a ring on it, for tests of what is built on domain keys."""

from strongroom.core.control import Conflict
from strongroom.core.secret import SecretBytes
from strongroom.core.wrapped_key import WrappedKey
from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.crypto.seals import RootKeySeal, Seal


class MemoryKeyStore:
    """Wrapped keys in a dict; counts how often they are read."""

    def __init__(self) -> None:
        self.rows: dict[int, WrappedKey] = {}
        self.reads = 0

    def domain_keys(self) -> list[WrappedKey]:
        """Return all wrapped keys."""
        self.reads += 1
        return list(self.rows.values())

    def add_domain_key(self, key: WrappedKey) -> None:
        """Store a key, or raise Conflict."""
        if key.key_id in self.rows:
            raise Conflict
        self.rows[key.key_id] = key


def fixed_seal(root: int = 7) -> Seal:
    """Return a seal with a fixed root key."""
    return RootKeySeal(SecretBytes(bytes([root]) * 32), "the test")


def new_ring() -> DomainKeyRing:
    """Return a fresh ring on a fresh store."""
    return DomainKeyRing.create(MemoryKeyStore(), fixed_seal(), now_ms=1000)
