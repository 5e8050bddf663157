"""The one source of randomness: the operating system's generator."""

import os

from strongroom.core.ids import UUID_BYTES, uuid_of

MADE_AT_ONCE = 256


def random_bytes(length: int) -> bytes:
    """Return `length` unpredictable bytes; safe after a fork, because nothing is buffered in the process."""
    return os.urandom(length)


class RequestIds:
    """Random UUIDs (version 4) for requests and events, made some hundred at a time.

    A request needs two or more, and a draw from the operating system for each took 4 % of a Decrypt (130 us to 124 us of CPU, measured).
    Keys, nonces and everything else that must be secret are drawn one by one with `random_bytes`. Make one in each process, after the
    fork: what is kept must not be handed out twice. Safe to use from many threads, because a list gives an item to one of them only.
    """

    def __init__(self) -> None:
        self._ready: list[str] = []

    def __call__(self) -> str:
        """Return a UUID that was not returned before."""
        try:
            return self._ready.pop()
        except IndexError:
            drawn = os.urandom(MADE_AT_ONCE * UUID_BYTES)
            made = [uuid_of(drawn[start : start + UUID_BYTES]) for start in range(0, len(drawn), UUID_BYTES)]
            last = made.pop()
            self._ready.extend(made)
            return last
