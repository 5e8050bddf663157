"""Bytes that must not be shown: key material, plaintexts, passwords, signing keys."""

from typing import NoReturn


class SecretBytes:
    """Bytes that refuse to print, pickle, copy, hash or be compared.

    `reveal` hands out the raw bytes; every place that calls it can be found by that name.
    Equality raises rather than answering by identity, because a silent False would turn a
    check that must hold into one that never does; compare revealed bytes in constant time.
    """

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: bytes) -> None:
        self._value = bytes(value)

    def reveal(self) -> bytes:
        """Return the raw bytes. The caller must not store, log or format them."""
        return self._value

    def __len__(self) -> int:
        return len(self._value)

    def __repr__(self) -> str:
        return "SecretBytes(hidden)"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("secret values are compared revealed and in constant time")

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError("secret values are not pickled or copied")
