"""Pagination tokens: a position in an ordering, sealed and bound to the operation, account and Region it was given out for."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from strongroom.calls.call import Call
from strongroom.core.errors import ApiError

T = TypeVar("T")
Position = tuple[str | int | None, ...]


def _purpose(call: Call) -> str:
    return f"page:{call.operation.service}:{call.operation.name}:{call.account_id}:{call.region}"


def page_token(call: Call, position: Sequence[Any]) -> str:
    """Return an opaque token that continues after `position`."""
    return call.environment.tokens.seal(_purpose(call), msgspec.json.encode(list(position)))


def page_position(call: Call, token: str | None, invalid: Callable[[], ApiError]) -> Position | None:
    """Return the position that `token` holds, or None for no token. Raises `invalid()` for a token not made for this call."""
    if token is None:
        return None
    payload = call.environment.tokens.open(_purpose(call), token)
    if payload is None:
        raise invalid()
    return tuple(msgspec.json.decode(payload))


def cut_page(call: Call, found: Sequence[T], limit: int, position_of: Callable[[T], Sequence[Any]]) -> tuple[Sequence[T], str | None]:
    """Return the page and the token of the next one. Scan with `limit + 1`: one record more than fits says that more follow."""
    if len(found) <= limit:
        return found, None
    page = found[:limit]
    return page, page_token(call, position_of(page[-1]))
