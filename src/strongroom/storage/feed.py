"""Following the change feed: what other writers committed leaves the cache."""

import msgspec

from strongroom.storage.cache import Cache
from strongroom.storage.session import Session
from strongroom.storage.system import FEED_AFTER, FEED_HEAD
from strongroom.storage.table import Key

# Beyond so many unread rows, dropping the cache is cheaper than reading them.
MOST_ROWS_FOLLOWED = 5_000


def encode_key(key: Key) -> str:
    """Return a key as the feed holds it."""
    return msgspec.json.encode(key).decode()


def decode_key(text: str) -> Key:
    """Return the key that `encode_key` wrote."""
    return tuple(msgspec.json.decode(text))


def feed_head(session: Session) -> tuple[int, bytes]:
    """Return the sequence number and MAC of the newest row, or (0, b"")."""
    rows = session.rows(FEED_HEAD)
    return (rows[0][0], bytes(rows[0][1])) if rows else (0, b"")


def catch_up(session: Session, cache: Cache) -> None:
    """Apply everything committed before this call to the cache."""
    rows = session.rows(FEED_AFTER, (cache.position, MOST_ROWS_FOLLOWED))
    if len(rows) < MOST_ROWS_FOLLOWED:
        cache.follow([(sequence, (table, decode_key(key))) for sequence, table, key in rows])
    else:
        cache.restart(feed_head(session)[0])
