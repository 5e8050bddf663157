"""Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and the literals `${*}`, `${?}` and `${$}`.

A value is cut into parts once, when the policy is compiled. What a variable stands for is always literal
text: an asterisk in a tag never becomes a wildcard.

Source: IAM User Guide, "IAM policy elements: variables and tags".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from strongroom.policy.decision import ConditionContext
from strongroom.policy.wildcard import Token, Tokens, Wild, tokens_of


@dataclass(frozen=True, slots=True)
class Variable:
    """A context key whose one value is put in place. `key` is lower case, `name` as written."""

    key: str
    name: str
    default: str | None


Part = str | Wild | Variable
Parts = tuple[Part, ...]
_REFERENCE = re.compile(r"\$\{([^{}]*)\}")
_KEY = re.compile(r"\s*([^\s,']+(?: [^\s,']+)*)\s*(?:,\s*'([^']*)'\s*)?")
_LITERALS = frozenset("*?$")


def parse_parts(text: str, *, variables: bool, wildcards: bool) -> Parts:
    """Return `text` cut into literals, wildcards and variables.

    Args:
        text: a resource, or a value of a condition.
        variables: whether the document's version knows variables; otherwise `${` is plain text.
        wildcards: whether `*` and `?` are wildcards here; otherwise they are plain text.

    Raises:
        ValueError: a `${` does not begin a whole variable.
    """
    return tuple(_parts(text, variables=variables, wildcards=wildcards))


def _parts(text: str, *, variables: bool, wildcards: bool) -> Iterator[Part]:
    pieces = _REFERENCE.split(text) if variables else [text]
    for index, piece in enumerate(pieces):
        if index % 2:
            yield piece if piece in _LITERALS else _variable(piece)
            continue
        if variables and "${" in piece:
            raise ValueError("unfinished policy variable")
        yield from tokens_of(piece) if wildcards else (piece,) * bool(piece)


def _variable(inside: str) -> Variable:
    found = _KEY.fullmatch(inside)
    if found is None:
        raise ValueError("malformed policy variable")
    return Variable(found[1].lower(), found[1], found[2])


def static_tokens(parts: Parts) -> Tokens | None:
    """Return the parts as tokens, or None if they need a request's values."""
    tokens = tuple(part for part in parts if not isinstance(part, Variable))
    return tokens if len(tokens) == len(parts) else None


def variables_in(parts: Parts) -> Iterator[Variable]:
    """Give the variables among `parts`."""
    return (part for part in parts if isinstance(part, Variable))


def resolve(parts: Parts, context: ConditionContext) -> Tokens | None:
    """Return `parts` with every variable replaced, or None if one has no single value and no default."""
    tokens: list[Token] = []
    for part in parts:
        if not isinstance(part, Variable):
            tokens.append(part)
            continue
        values = context.get(part.key)
        value = part.default if not values else values[0] if len(values) == 1 else None
        if value is None:
            return None
        tokens.append(value)
    return tuple(tokens)
