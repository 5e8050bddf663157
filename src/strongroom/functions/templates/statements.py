"""Running statements through a driver's cursor (PEP 249)."""

from collections.abc import Mapping, Sequence
from typing import Any


def rows(connection: Any, statement: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[tuple[Any, ...]]:
    """Return what a query gives. `values` are for the placeholders, in the driver's own style."""
    with connection.cursor() as cursor:
        _execute(cursor, statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def run(connection: Any, statement: str, values: Sequence[object] | Mapping[str, object] = ()) -> None:
    """Run a statement that gives no rows."""
    with connection.cursor() as cursor:
        _execute(cursor, statement, values)


def delimited(text: str) -> str:
    """Return a delimited identifier of standard SQL."""
    return '"' + text.replace('"', '""') + '"'


def _execute(cursor: Any, statement: str, values: Sequence[object] | Mapping[str, object]) -> None:
    """Execute; without values, so that some drivers leave percent signs alone."""
    if values:
        cursor.execute(statement, values)
    else:
        cursor.execute(statement)
