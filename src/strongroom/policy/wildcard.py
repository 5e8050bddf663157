"""Matching `*` and `?` in time that grows with text times pattern at worst: never by backtracking.

A pattern is a tuple of tokens, so that a literal asterisk (from `${*}`, or from the value of a policy
variable) and the wildcard can't be mixed up. Between two stars the leftmost match is always as good as
any other, so each chunk is looked for once, from where the last one ended.
"""

import re
from collections.abc import Callable, Iterable
from enum import Enum


class Wild(Enum):
    """The two wildcards."""

    STAR = "*"  # any characters, or none
    ONE = "?"  # exactly one character


Token = str | Wild
Tokens = tuple[Token, ...]
Matcher = Callable[[str], bool]
_SPLIT = re.compile(r"([*?])")
_WILD: dict[str, Wild] = {"*": Wild.STAR, "?": Wild.ONE}


def tokens_of(text: str) -> Tokens:
    """Return `text` as literals and wildcards."""
    return tuple(_WILD.get(piece, piece) for piece in _SPLIT.split(text) if piece)


def literal_of(tokens: Tokens) -> str | None:
    """Return the one text that `tokens` match, or None if they hold a wildcard."""
    if any(isinstance(token, Wild) for token in tokens):
        return None
    return "".join(str(token) for token in tokens)


def always(_text: str) -> bool:
    """Match everything."""
    return True


def matcher(tokens: Tokens) -> Matcher:
    """Return the test whether a whole text matches `tokens`. The usual forms become one string method."""
    literal = literal_of(tokens)
    if literal is not None:
        return _equal_to(literal)
    chunks = [_Chunk(chunk) for chunk in _split_at_stars(tokens)]
    if len(chunks) == 1:
        return chunks[0].equals
    if any(chunk.has_gaps for chunk in chunks) or len(chunks) > 2:  # noqa: PLR2004 - a head and a tail
        return _in_order(chunks)
    return _between(chunks[0].text, chunks[1].text)


def _equal_to(literal: str) -> Matcher:
    def equal(text: str) -> bool:
        return text == literal

    return equal


def _between(head: str, tail: str) -> Matcher:
    shortest = len(head) + len(tail)
    if not shortest:
        return always

    def starts(text: str) -> bool:
        return text.startswith(head)

    def starts_and_ends(text: str) -> bool:
        return len(text) >= shortest and text.startswith(head) and text.endswith(tail)

    return starts_and_ends if tail else starts


def _in_order(chunks: list["_Chunk"]) -> Matcher:
    head, *middle, tail = chunks
    middle = [chunk for chunk in middle if chunk.length]
    shortest = sum(chunk.length for chunk in chunks)

    def in_order(text: str) -> bool:
        end = len(text) - tail.length
        if len(text) < shortest or not head.at(text, 0) or not tail.at(text, end):
            return False
        position = head.length
        for chunk in middle:
            found = chunk.find(text, position, end)
            if found < 0:
                return False
            position = found + chunk.length
        return True

    return in_order


def _split_at_stars(tokens: Iterable[Token]) -> list[list[Token]]:
    chunks: list[list[Token]] = [[]]
    for token in tokens:
        if token is Wild.STAR:
            chunks.append([])
        else:
            chunks[-1].append(token)
    return chunks


class _Chunk:
    """Literals and single-character gaps between two stars: a text of fixed length.

    A chunk with gaps is a regular expression without any repetition, so there is nothing to go back to: at each place in the text it
    is compared once.
    """

    __slots__ = ("has_gaps", "length", "pattern", "text")

    def __init__(self, tokens: list[Token]) -> None:
        self.has_gaps = Wild.ONE in tokens
        self.length = sum(1 if isinstance(token, Wild) else len(token) for token in tokens)
        self.text = "".join(token for token in tokens if isinstance(token, str))
        forms = ("." if isinstance(token, Wild) else re.escape(token) for token in tokens)
        self.pattern = re.compile("".join(forms), re.DOTALL) if self.has_gaps else None

    def at(self, text: str, position: int) -> bool:
        """Return whether the chunk stands in `text` at `position`, which leaves room for it."""
        if self.pattern is None:
            return text.startswith(self.text, position)
        return self.pattern.match(text, position) is not None

    def equals(self, text: str) -> bool:
        """Return whether `text` is this chunk and nothing more."""
        return len(text) == self.length and self.at(text, 0)

    def find(self, text: str, position: int, end: int) -> int:
        """Return the first place from `position` where the chunk stands and ends by `end`, or -1."""
        if self.pattern is None:
            return text.find(self.text, position, end)
        found = self.pattern.search(text, position, end)
        return -1 if found is None else found.start()
