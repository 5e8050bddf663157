"""Many rows in one INSERT: every row once and in order, whatever their number."""

import pytest

from strongroom.storage.postgresql.session import MOST_ROWS_AT_A_TIME, in_groups

INSERT = "INSERT INTO t (a, b) VALUES (?, ?) ON CONFLICT (a) DO UPDATE SET b = excluded.b"


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 16, 17, 45])
def test_every_row_is_written_once_and_in_order(count: int) -> None:
    """In at most five sizes."""
    rows = [(number, str(number)) for number in range(count)]
    groups = list(in_groups(INSERT, rows))
    assert [value for _, arguments in groups for value in arguments] == [value for row in rows for value in row]
    for sql, arguments in groups:
        assert sql.count("(?, ?)") == len(arguments) // 2 <= MOST_ROWS_AT_A_TIME
        assert sql.endswith(" ON CONFLICT (a) DO UPDATE SET b = excluded.b")


def test_other_statements_run_once_for_each_row() -> None:
    """Deletions, and rows with expressions."""
    for sql in ("DELETE FROM t WHERE a = ?", "INSERT INTO t (a, b) VALUES (?, now())"):
        assert list(in_groups(sql, [(1,), (2,)])) == [(sql, (1,)), (sql, (2,))]
