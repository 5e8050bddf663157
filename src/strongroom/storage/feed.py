"""Following the change feed: what other writers committed leaves the cache."""

from collections.abc import Sequence

import msgspec

from strongroom.core.errors import OperatorError
from strongroom.storage.cache import Cache
from strongroom.storage.session import Row, Session
from strongroom.storage.system import FEED_AFTER, FEED_HEAD
from strongroom.storage.table import Key

# Beyond so many unread rows, dropping the cache is cheaper than reading them.
MOST_ROWS_FOLLOWED = 5_000


def encode_key(key: Key) -> str:
    """Return a key as the feed holds it."""
    return msgspec.json.encode(key).decode()


def decode_key(text: str) -> Key:
    """Return the key that `encode_key` wrote. Raises OperatorError for anything else."""
    try:
        return tuple(msgspec.json.decode(text, type=list[str | int | None]))
    except msgspec.DecodeError as error:
        raise OperatorError("a row of the change feed can't be read: it was changed outside the server") from error


def unread(cache: Cache) -> tuple[str, tuple[int, int]]:
    """Return the query for the feed's rows that the cache has not seen, for `follow`."""
    return FEED_AFTER, (cache.position, MOST_ROWS_FOLLOWED)


def head_of(rows: Sequence[Row]) -> tuple[int, bytes]:
    """Return the sequence number and MAC of the newest row from what FEED_HEAD found, or (0, b"")."""
    return (rows[0][0], bytes(rows[0][1])) if rows else (0, b"")


def follow(session: Session, cache: Cache, rows: Sequence[Row]) -> None:
    """Apply what `unread` found to the cache."""
    if len(rows) < MOST_ROWS_FOLLOWED:
        cache.follow([(sequence, (table, decode_key(key))) for sequence, table, key in rows])
    else:
        start_over(session, cache)


def start_over(session: Session, cache: Cache) -> None:
    """Drop what the cache holds and follow the feed from where this server is."""
    cache.restart(head_of(session.rows(FEED_HEAD))[0])


def catch_up(session: Session, cache: Cache) -> None:
    """Apply everything committed before this call to the cache."""
    follow(session, cache, session.rows(*unread(cache)))
