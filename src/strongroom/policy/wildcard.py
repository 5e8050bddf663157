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
    """Literals and single-character gaps between two stars: a fixed length, and literals at fixed offsets."""

    __slots__ = ("anchor", "anchor_offset", "has_gaps", "length", "pieces", "text")

    def __init__(self, tokens: list[Token]) -> None:
        pieces: list[tuple[int, str]] = []
        offset = 0
        for token in tokens:
            if isinstance(token, Wild):
                offset += 1
                continue
            pieces.append((offset, token))
            offset += len(token)
        self.length = offset
        self.pieces = tuple(pieces)
        self.has_gaps = Wild.ONE in tokens
        self.text = "" if self.has_gaps else "".join(piece for _, piece in pieces)
        self.anchor_offset, self.anchor = max(pieces, key=lambda piece: len(piece[1]), default=(0, ""))

    def at(self, text: str, position: int) -> bool:
        """Return whether the chunk stands in `text` at `position`, which leaves room for it."""
        return all(text.startswith(piece, position + offset) for offset, piece in self.pieces)

    def equals(self, text: str) -> bool:
        """Return whether `text` is this chunk and nothing more."""
        return len(text) == self.length and self.at(text, 0)

    def find(self, text: str, position: int, end: int) -> int:
        """Return the first place from `position` where the chunk stands and ends by `end`, or -1."""
        before, after = self.anchor_offset, self.length - self.anchor_offset - len(self.anchor)
        while position + self.length <= end:
            hit = text.find(self.anchor, position + before, end - after)
            if hit < 0:
                return -1
            if self.at(text, hit - before):
                return hit - before
            position = hit - before + 1
        return -1
