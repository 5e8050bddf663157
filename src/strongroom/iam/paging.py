"""IAM's pages: Marker, MaxItems, IsTruncated."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.pagination import cut_page, page_position
from strongroom.core.errors import ValidationFailed
from strongroom.iam.limits import DEFAULT_MAX_ITEMS
from strongroom.storage.table import Column, Table

T = TypeVar("T")
R = TypeVar("R", bound=msgspec.Struct)
Request = Mapping[str, Any]


def invalid_marker() -> ValidationFailed:
    """Return the error for a Marker that was not given out for this call."""
    return ValidationFailed("Invalid Marker.")


def page_of(
    call: Call, request: Request, items: Iterable[T], name_of: Callable[[T], str], most: int | None = None
) -> tuple[list[T], dict[str, Any]]:
    """Return one page of a small set, in order of its names, and the members that end the answer; at most `most` things, if given.

    Raises ValidationFailed.
    """
    limit = request.get("MaxItems", DEFAULT_MAX_ITEMS)
    limit = limit if most is None else min(limit, most)
    position = page_position(call, request.get("Marker"), invalid_marker)
    ordered = sorted(items, key=name_of)
    rest = ordered if position is None else [item for item in ordered if name_of(item) > str(position[0])]
    return _page(call, rest, limit, lambda item: (name_of(item),))


def scan_page(
    call: Call,
    request: Request,
    table: Table[R],
    *prefix: Column,
    index: str | None = None,
    wanted: Callable[[R], bool] | None = None,
) -> tuple[list[R], dict[str, Any]]:
    """Return one page of the records of a table that are `wanted`, and the members that end the answer. Raises ValidationFailed."""
    limit = request.get("MaxItems", DEFAULT_MAX_ITEMS)
    position = page_position(call, request.get("Marker"), invalid_marker)
    after = None if position is None else (*prefix, *position)
    if after is not None and len(after) != len(table.order_of(index)):
        raise invalid_marker()  # given out for the same operation with other filters
    found: list[R] = []
    while len(found) <= limit:
        chunk = call.store.scan(table, *prefix, index=index, after=after, limit=limit + 1)
        found.extend(record for record in chunk if wanted is None or wanted(record))
        if len(chunk) <= limit:
            break
        after = table.position_of(chunk[-1], index)
    # The prefix follows from the request, and a Marker has 320 characters at most.
    return _page(call, found[: limit + 1], limit, lambda record: table.position_of(record, index)[len(prefix) :])


def _page(call: Call, found: list[T], limit: int, position_of: Callable[[T], Any]) -> tuple[list[T], dict[str, Any]]:
    page, marker = cut_page(call, found, limit, position_of)
    return list(page), {"IsTruncated": marker is not None, "Marker": marker}


def under_path(request: Request) -> Callable[[Any], bool]:
    """Return the test of PathPrefix for records with a `path`. Raises ValidationFailed for a prefix that is no path."""
    prefix = request.get("PathPrefix", "/")
    if not (prefix.startswith("/") and prefix.endswith("/")):
        raise ValidationFailed(
            "The specified value for pathPrefix is invalid. It must begin and end with / and contain only alphanumeric characters "
            "and/or / characters."
        )
    return lambda record: record.path.startswith(prefix)


def policy_position(policy: Any) -> str:
    """Return what orders managed policies: the name, and whose it is, since AWS's and a customer's may share a name."""
    return f"{policy.name.lower()} {policy.arn.split(':')[4]}"
