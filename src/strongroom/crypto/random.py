"""The one source of randomness: the operating system's generator."""

import os


def random_bytes(length: int) -> bytes:
    """Return `length` unpredictable bytes; safe after a fork, because nothing is buffered in the process."""
    return os.urandom(length)
