"""Strict JSON: what RFC 8259 allows and nothing that two readers could read differently.

Python's json module takes the last of two equal keys, NaN, and lone surrogates; a policy must not mean one thing
to the person who reviewed it and another to the server.
"""

import json
from typing import Any


class NotStrictJson(ValueError):
    """The text is not JSON, or it is ambiguous, or too deep to be a policy."""


class Number(str):
    """A JSON number, kept as it was written: condition values are text to policies."""

    __slots__ = ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotStrictJson("an object has the same key twice")
    return found


def _no_constant(name: str) -> Any:
    raise NotStrictJson(f"{name} is no JSON value")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=_no_constant)


def decode_strict(text: str) -> Any:
    """Return the value of `text`, numbers as Number.

    Raises:
        NotStrictJson: bad syntax, text after the value, a key twice, NaN or Infinity, half a surrogate pair, or nesting deeper
            than the interpreter can read.
    """
    try:
        value = _DECODER.decode(text)
        # Half a surrogate pair can't be written as UTF-8, so it could be neither stored nor shown.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise NotStrictJson(str(error)) from error
    return value
