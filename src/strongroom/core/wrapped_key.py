"""A domain key as it is stored. crypto/ makes and opens it, storage/ keeps it; neither imports the other."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A domain key as the database holds it: wrapped by the root key.

    Attributes:
        key_id: 0 for the purpose key, 1.. for domain keys in order of rotation.
        created_ms: milliseconds since the epoch.
    """

    key_id: int
    created_ms: int
    wrapped: bytes
