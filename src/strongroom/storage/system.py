"""The storage room's own tables: the change feed, the journal of mutations, leases, anchors, segments and bookkeeping."""

from strongroom.storage.dialect import Dialect

FEED_HEAD = "SELECT seq, mac FROM system_feed ORDER BY seq DESC LIMIT 1"
FEED_AFTER = "SELECT seq, table_name, key FROM system_feed WHERE seq > ? ORDER BY seq LIMIT ?"
FEED_WHOLE = "SELECT seq, table_name, key, revision, mac FROM system_feed WHERE seq <= ? ORDER BY seq"
FEED_REMOVE = "DELETE FROM system_feed WHERE seq = ?"
FEED_INSERT = "INSERT INTO system_feed (seq, table_name, key, revision, mac) VALUES (?, ?, ?, ?, ?)"
JOURNAL_HEAD = "SELECT sequence, mac FROM system_journal WHERE writer_id = ? ORDER BY sequence DESC LIMIT 1"
JOURNAL_INSERT = (
    "INSERT INTO system_journal (writer_id, sequence, request_id, nested, account_id, time_ms, body, mac) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
WRITER_MARK = "SELECT batch FROM system_writers WHERE writer_id = ?"
WRITERS_REMOVE = "DELETE FROM system_writers WHERE time_ms < ?"
LEASE_TOKEN = "SELECT token FROM system_leases WHERE name = ?"  # noqa: S105 - a fencing token is a counter
META = "SELECT name, value FROM system_meta"
META_GET = "SELECT value FROM system_meta WHERE name = ?"
META_PUT = "INSERT INTO system_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


def writer_mark_put(dialect: Dialect) -> str:
    """Return the statement that notes, inside a transaction, that this writer's batch of that number is committed with it."""
    return (
        f"INSERT INTO system_writers (writer_id, batch, time_ms) VALUES (?, ?, {dialect.now_ms}) "  # noqa: S608 - a constant
        "ON CONFLICT (writer_id) DO UPDATE SET batch = excluded.batch, time_ms = excluded.time_ms"
    )


def _create(name: str, *columns: str) -> str:
    return f"CREATE TABLE IF NOT EXISTS {name} ({', '.join(columns)})"


def key_table(dialect: Dialect) -> str:
    """Return the statement for the table of wrapped domain keys, which exists before all others."""
    columns = (f"key_id {dialect.integer} PRIMARY KEY", f"created_ms {dialect.integer} NOT NULL", f"wrapped {dialect.blob} NOT NULL")
    return _create("system_domain_keys", *columns)


def system_tables(dialect: Dialect) -> list[str]:
    """Return the statements that create the room's own tables."""
    integer, text, blob = (f"{kind} NOT NULL" for kind in (dialect.integer, dialect.text, dialect.blob))
    entry = (f"request_id {text}", f"nested {integer}", f"account_id {text}", f"time_ms {integer}", f"body {blob}", f"mac {blob}")
    feed = (f"seq {dialect.integer} PRIMARY KEY", f"table_name {text}", f"key {text}", f"revision {integer}", f"mac {blob}")
    journal = (f"writer_id {text}", f"sequence {integer}", *entry, "PRIMARY KEY (writer_id, sequence)")
    return [
        key_table(dialect),
        _create("system_meta", f"name {text} PRIMARY KEY", f"value {text}"),
        _create("system_feed", *feed),
        _create("system_journal", *journal) + dialect.table_suffix,
        "CREATE UNIQUE INDEX IF NOT EXISTS system_journal_request ON system_journal (request_id) WHERE nested = 0",
        "CREATE INDEX IF NOT EXISTS system_journal_account ON system_journal (account_id, time_ms, writer_id, sequence)",
        _create("system_leases", f"name {text} PRIMARY KEY", f"owner {text}", f"token {integer}", f"expires_ms {integer}"),
        _create("system_writers", f"writer_id {text} PRIMARY KEY", f"batch {integer}", f"time_ms {integer}"),
        _create("system_nodes", f"node_id {text} PRIMARY KEY", f"layouts {text}", f"seen_ms {integer}"),
        _create("system_anchors", f"writer_id {text} PRIMARY KEY", f"sequence {integer}", f"mac {blob}", f"time_ms {integer}"),
        _create("system_segments", f"name {text} PRIMARY KEY", f"account_times {blob}", f"data {blob}"),
        _create(
            "system_segment_times",
            f"name {text}",
            f"account_id {text}",
            f"oldest_ms {integer}",
            f"newest_ms {integer}",
            "PRIMARY KEY (name, account_id)",
        )
        + dialect.table_suffix,
        "CREATE INDEX IF NOT EXISTS system_segment_newest ON system_segment_times (account_id, newest_ms, name, oldest_ms)",
        _create(
            "system_floors", f"writer_id {text} PRIMARY KEY", f"sequence {integer}", f"mac {blob}", f"time_ms {integer}", f"seal {blob}"
        ),
    ]
