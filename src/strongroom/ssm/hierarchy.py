"""Listing parameters in the order of their names, and cutting the list into pages.

Every list reads only a stretch of an index: one level, one subtree, or the names from a prefix on.
"""

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import TypeVar

from strongroom.calls.call import Call
from strongroom.calls.pagination import page_position, page_token
from strongroom.ssm.errors import InvalidNextToken
from strongroom.ssm.records import ParameterRecord, PublicParameterRecord
from strongroom.storage.ports import Store
from strongroom.storage.table import Column, Table

R = TypeVar("R", ParameterRecord, PublicParameterRecord)
T = TypeVar("T")
Record = ParameterRecord | PublicParameterRecord
Fetch = Callable[[str | None, int], Sequence[Record]]

EXAMINED = 1000  # records read for one page at the most: a filtered page may be short, or empty, and go on
BATCH = 100
_AFTER_EVERY_NAME = "\x7f"  # sorts after each character that a name may have


def level(store: Store, table: Table[R], owner: tuple[Column, ...], parent: str) -> Fetch:
    """Return a reader of the records exactly one level below `parent` (which ends with a slash)."""

    def fetch(after: str | None, limit: int) -> list[R]:
        position = None if after is None else (*owner, parent, *owner, after)
        return store.scan(table, *owner, parent, index="level", after=position, limit=limit)

    return fetch


def names_from(store: Store, table: Table[R], owner: tuple[Column, ...], prefix: str) -> Fetch:
    """Return a reader of the records whose names begin with `prefix`; with a path and its slash, of a whole subtree."""
    just_before = prefix[:-1] + chr(ord(prefix[-1]) - 1) + _AFTER_EVERY_NAME

    def fetch(after: str | None, limit: int) -> list[R]:
        found = store.scan(table, *owner, after=(*owner, after or just_before), limit=limit)
        return list(takewhile(lambda record: record.name.startswith(prefix), found))

    return fetch


def named(store: Store, table: Table[R], owner: tuple[Column, ...], names: set[str]) -> Fetch:
    """Return a reader of the records with these names."""

    def fetch(after: str | None, limit: int) -> list[R]:
        found = (store.get(table, *owner, name) for name in sorted(names) if after is None or name > after)
        return [record for record in found if record is not None][:limit]

    return fetch


def below(store: Store, table: Table[R], owner: tuple[Column, ...], path: str, *, recursive: bool) -> Fetch:
    """Return a reader of what lies below `path` (which ends with a slash)."""
    return names_from(store, table, owner, path) if recursive else level(store, table, owner, path)


def page(
    call: Call, fetch: Fetch, keep: Callable[[Record], T | None], token: str | None, *, wanted: int, filtered: bool
) -> tuple[list[T], str | None]:
    """Return up to `wanted` things that `keep` makes of the records (None leaves one out), and the token of the next page.

    Raises InvalidNextToken for a token that was not made for this call.
    """
    start = page_position(call, token, InvalidNextToken)
    after = None if start is None else str(start[0])
    batch, examined = BATCH if filtered else wanted + 1, 0
    kept: list[T] = []
    while True:
        found = fetch(after, batch)
        for record in found:
            thing = keep(record)
            if thing is not None and len(kept) == wanted:
                return kept, page_token(call, (after,))
            if thing is not None:
                kept.append(thing)
            after = record.name
        examined += len(found)
        if len(found) < batch:
            return kept, None
        if examined >= EXAMINED:
            return kept, page_token(call, (after,))
