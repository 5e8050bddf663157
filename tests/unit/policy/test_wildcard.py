"""Wildcards: what they match, that a slow and obvious matcher agrees, and that hostile patterns cost little."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.policy.wildcard import Tokens, Wild, _Chunk, literal_of, matcher, tokens_of

MATCHES = [
    ("", "", True),
    ("", "a", False),
    ("*", "", True),
    ("*", "anything at all: / *", True),
    ("a", "a", True),
    ("a", "A", False),
    ("a*", "a", True),
    ("a*", "ba", False),
    ("*a", "bba", True),
    ("*a", "ab", False),
    ("ab*ba", "aba", False),
    ("ab*ba", "abba", True),
    ("a*b*c", "a-b-b-c", True),
    ("a*b*c", "a-c-b", False),
    ("a**c", "ac", True),
    ("?", "", False),
    ("?", "x", True),
    ("?", "xy", False),
    ("a?c", "abc", True),
    ("a?c", "ac", False),
    ("*?", "", False),
    ("?*", "x", True),
    ("*??*", "x", False),
    ("*??*", "xy", True),
    ("a*?b", "ab", False),
    ("a*?b", "axb", True),
    ("a*x?z*b", "a-xyxyz-b", True),
    ("a*x?z*b", "axyb", False),
    ("*x??z?*", "aaxbbzc", True),
    ("kms:ReEncrypt*", "kms:ReEncryptFrom", True),
    ("kms:*crypt", "kms:Decrypt", True),
    ("a.c", "abc", False),
    ("[ab]", "a", False),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), MATCHES)
def test_a_pattern_matches_the_whole_text_or_nothing(pattern: str, text: str, *, expected: bool) -> None:
    """A star is any run of characters, a question mark is exactly one, and all else is itself."""
    assert matcher(tokens_of(pattern))(text) is expected


def slow_reference(tokens: Tokens, text: str) -> bool:
    """Match by the textbook table: reachable[i] says whether the tokens so far match text[:i]."""
    reachable = [True] + [False] * len(text)
    for token in (character for each in tokens for character in (each if isinstance(each, str) else [each])):
        if token is Wild.STAR:
            first = reachable.index(True) if True in reachable else len(reachable)
            reachable = [index >= first for index in range(len(reachable))]
        else:
            reachable = [False] + [before and token in {Wild.ONE, text[index]} for index, before in enumerate(reachable[:-1])]
    return reachable[-1]


@given(st.text("ab*?", max_size=12), st.text("ab", max_size=14))
def test_it_agrees_with_a_slow_and_obvious_matcher(pattern: str, text: str) -> None:
    """Looking for each chunk once, leftmost, decides as trying everything does."""
    tokens = tokens_of(pattern)
    assert matcher(tokens)(text) == slow_reference(tokens, text)


@given(st.lists(st.sampled_from(["a", "b", "?", "a?", "?b"]), min_size=1, max_size=9), st.text("abc", max_size=40))
def test_following_every_place_at_once_finds_what_trying_one_by_one_finds(pieces: list[str], text: str) -> None:
    """The way for long texts gives the same place as the way for short ones."""
    chunk = _Chunk(list(tokens_of("".join(pieces))))
    for position, end in ((0, len(text)), (3, len(text) - 2)):
        places = range(position, end - chunk.length + 1)
        expected = next((place for place in places if chunk.at(text, place)), -1)
        assert chunk._find_at_once(text, position, end) == expected


@given(st.lists(st.one_of(st.text("ab*?", max_size=3), st.sampled_from(Wild)), max_size=8), st.text("ab*?", max_size=10))
def test_literal_stars_among_the_tokens_are_not_wildcards(tokens: list[str | Wild], text: str) -> None:
    """Tokens from variables may hold `*` and `?`, and they match only themselves."""
    assert matcher(tuple(tokens))(text) == slow_reference(tuple(tokens), text)


@pytest.mark.parametrize("pattern", ["a*" * 500 + "b", "*a?" * 500 + "b", "?*" * 500 + "b", "*" * 5000 + "b", "*" + "a?" * 400 + "b*"])
@pytest.mark.timeout(5)
def test_a_hostile_pattern_costs_text_times_pattern_at_most(pattern: str) -> None:
    """Patterns that make a backtracking matcher run for years answer at once."""
    assert matcher(tokens_of(pattern))("a" * 20_000) is False


def test_only_tokens_without_wildcards_are_a_literal() -> None:
    """A literal is what a set can hold."""
    assert literal_of(("a", "*")) == "a*"
    assert literal_of(tokens_of("a*")) is None
