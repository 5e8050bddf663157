"""Matching `*` and `?` in time that hardly grows with more than the text: never by backtracking.

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
FEW_COMPARISONS = 1000  # of a chunk with gaps: so many are tried one by one, which is faster for what policies usually say
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
    """Literals and single-character gaps between two stars: a text of fixed length. Making one costs no more than reading it."""

    __slots__ = ("has_gaps", "length", "pieces", "text")

    def __init__(self, tokens: list[Token]) -> None:
        self.has_gaps = Wild.ONE in tokens
        self.text = "".join(token for token in tokens if isinstance(token, str))
        self.pieces: list[tuple[int, str]] = []  # literals, and where in the chunk they stand
        self.length = 0
        for token in tokens:
            if isinstance(token, Wild):
                self.length += 1
            else:
                self.pieces.append((self.length, token))
                self.length += len(token)

    def at(self, text: str, position: int) -> bool:
        """Return whether the chunk stands in `text` at `position`, which leaves room for it."""
        if not self.has_gaps:
            return text.startswith(self.text, position)
        for offset, piece in self.pieces:  # noqa: SIM110 - a generator costs more than the usual one or two comparisons
            if not text.startswith(piece, position + offset):
                return False
        return True

    def equals(self, text: str) -> bool:
        """Return whether `text` is this chunk and nothing more."""
        return len(text) == self.length and self.at(text, 0)

    def find(self, text: str, position: int, end: int) -> int:
        """Return the first place from `position` where the chunk stands and ends by `end`, or -1."""
        if not self.has_gaps:
            return text.find(self.text, position, end)
        places = range(position, end - self.length + 1)
        if len(places) * len(self.pieces) > FEW_COMPARISONS:
            return self._find_at_once(text, position, end)
        return next((place for place in places if self.at(text, place)), -1)

    def _find_at_once(self, text: str, position: int, end: int) -> int:
        """Return what `find` does, following every place at once: bit i of a number says that the first i + 1 characters stand here.

        Source: R. Baeza-Yates, G. Gonnet, "A new approach to text searching", 1992 (shift-and).
        """
        wanted = set(text[position:end])
        gaps = (1 << self.length) - 1
        bits = dict.fromkeys(wanted, 0)
        for offset, piece in self.pieces:
            for place, character in enumerate(piece, offset):
                gaps ^= 1 << place
                if character in wanted:
                    bits[character] |= 1 << place
        whole = 1 << (self.length - 1)
        reached = 0
        for place in range(position, end):
            reached = (reached << 1 | 1) & (bits[text[place]] | gaps)
            if reached & whole:
                return place - self.length + 1
        return -1
