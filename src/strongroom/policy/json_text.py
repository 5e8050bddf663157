"""Strict JSON: what RFC 8259 allows and nothing that two readers could read differently.

Python's json module takes the last of two equal keys, NaN, and lone surrogates; a policy must not mean one thing
to the person who reviewed it and another to the server.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple


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


class Span(NamedTuple):
    """Where a value stands: the keys that lead to it (lists add none), and the offsets of its first character and after its last."""

    path: tuple[str, ...]
    start: int
    end: int


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def value_spans(text: str) -> Iterator[Span]:
    """Give the place of every value in `text`, which decode_strict accepts; a container comes after what it holds."""
    keys: list[str | None] = []  # for each open container the key that was read last; None in a list
    starts: list[int] = []
    key_next = False
    for token in _TOKEN.finditer(text):
        match token[0]:
            case "{" | "[" as opening:
                keys.append("" if opening == "{" else None)
                starts.append(token.start())
                key_next = opening == "{"
            case "}" | "]":
                keys.pop()
                yield Span(_path(keys), starts.pop(), token.end())
            case ",":
                key_next = keys[-1] is not None
            case ":":
                key_next = False
            case key if key_next:
                keys[-1] = json.loads(key)
            case _:
                yield Span(_path(keys), token.start(), token.end())


def _path(keys: list[str | None]) -> tuple[str, ...]:
    return tuple(key for key in keys if key is not None)
