"""The one source of randomness: the operating system's generator."""

import os
import threading

DRAWN_BYTES = 4096


def random_bytes(length: int) -> bytes:
    """Return `length` unpredictable bytes; safe after a fork, because nothing is buffered in the process."""
    return os.urandom(length)


class IdentifierBytes:
    """Random bytes for identifiers of requests and events, drawn from the operating system 4 KiB at a time.

    A request needs two or more, and a draw for each took 4 % of a Decrypt (130 us to 124 us of CPU, measured). Keys, nonces and
    everything else that must be secret are drawn one by one with `random_bytes`. Make one in each process, after the fork: what is
    buffered must not be handed out twice. Safe to use from many threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._drawn = b""
        self._next = 0

    def __call__(self, length: int) -> bytes:
        """Return `length` bytes, at most DRAWN_BYTES, that were not returned before."""
        with self._lock:
            start = self._next
            end = start + length
            if end > len(self._drawn):
                self._drawn = os.urandom(DRAWN_BYTES)
                start, end = 0, length
            self._next = end
            return self._drawn[start:end]
