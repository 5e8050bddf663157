"""The encryption context as associated data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.core.errors import ValidationFailed
from strongroom.kms.rules.context import context_aad

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
CONTEXTS = st.dictionaries(TEXT, TEXT, max_size=5)


@given(CONTEXTS, CONTEXTS)
def test_two_contexts_encode_alike_only_if_they_are_equal(one: dict[str, str], other: dict[str, str]) -> None:
    """The encoding is injective, so no context can stand in for another."""
    assert (context_aad(one) == context_aad(other)) == (one == other)


@given(CONTEXTS)
def test_the_order_of_pairs_does_not_matter(context: dict[str, str]) -> None:
    """Clients may send pairs in any order."""
    assert context_aad(dict(reversed(list(context.items())))) == context_aad(context)


def test_the_layout_is_frozen() -> None:
    """A change here would break every stored blob."""
    assert context_aad({"b": "2", "a": "é"}) == bytes.fromhex("00020001610002c3a9000162000132")
    assert context_aad(None) == context_aad({}) == b"\x00\x00"


def test_moving_a_character_between_key_and_value_changes_the_encoding() -> None:
    """Lengths are part of it."""
    assert context_aad({"a": "bc"}) != context_aad({"ab": "c"})


def test_a_context_has_a_limit() -> None:
    """8192 bytes in all."""
    context_aad({"k": "v" * 8191})
    with pytest.raises(ValidationFailed):
        context_aad({"k": "v" * 8192})


def test_a_lone_surrogate_is_refused() -> None:
    """JSON can carry what UTF-8 can't."""
    with pytest.raises(ValidationFailed):
        context_aad({"k": "\ud800"})
