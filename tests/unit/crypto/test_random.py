"""Identifiers made ahead, and never handed out twice."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from strongroom.crypto.random import MADE_AT_ONCE, RequestIds


def test_identifiers_never_repeat_in_many_threads() -> None:
    """Each is a new UUID of version 4, across the ends of what is made at once too."""
    new_id = RequestIds()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: new_id(), range(10 * MADE_AT_ONCE)))
    assert len(set(made)) == len(made)
    assert {UUID(each).version for each in made} == {4}
