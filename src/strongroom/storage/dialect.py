"""The few words in which the two engines' SQL differs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """Spellings of one engine.

    Attributes:
        table_suffix: ends CREATE TABLE for tables found by their key.
        nulls_first: makes an ascending order put NULL first, where that is not the engine's own way.
        nulls_last: the same for descending orders.
        now_ms: an expression for the database's clock in epoch milliseconds.
        columns_of: a query for the column names of the table given as its parameter.
        indexes_of: a query for the names of that table's indexes but its key's.
        use_index: makes a search use the index whose name is put in; empty where the engine chooses well by itself.
    """

    integer: str
    text: str
    blob: str
    table_suffix: str
    nulls_first: str
    nulls_last: str
    now_ms: str
    columns_of: str
    indexes_of: str
    use_index: str = ""


SQLITE = Dialect(
    integer="INTEGER",
    text="TEXT",
    blob="BLOB",
    table_suffix=" STRICT, WITHOUT ROWID",
    nulls_first="",
    nulls_last="",
    now_ms="CAST(unixepoch('subsec') * 1000 AS INTEGER)",
    columns_of="SELECT name FROM pragma_table_info(?)",
    indexes_of="SELECT name FROM pragma_index_list(?) WHERE origin = 'c'",
    use_index=' INDEXED BY "{}"',  # without statistics SQLite walks an account's whole key range, which has the order that is asked for
)

# The C collation orders text by its UTF-8 bytes, as SQLite and Python do.
POSTGRESQL = Dialect(
    integer="BIGINT",
    text='TEXT COLLATE "C"',
    blob="BYTEA",
    table_suffix="",
    nulls_first=" NULLS FIRST",
    nulls_last=" NULLS LAST",
    now_ms="CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
    columns_of="SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ?",
    indexes_of="SELECT CAST(indexrelid::regclass AS text) FROM pg_index WHERE indrelid = to_regclass(?) AND NOT indisprimary",
)
