"""Sealed texts that clients carry."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.crypto.memory_keys import MemoryKeyStore, fixed_seal, new_ring

from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.crypto.tokens import TokenSealer

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture
def tokens() -> TokenSealer:
    """A sealer on fresh keys."""
    return TokenSealer(new_ring())


def test_a_token_is_url_safe_text_and_opens_for_its_purpose_alone(tokens: TokenSealer) -> None:
    """A pagination token is no session token."""
    token = tokens.seal("page:kms", b"position")
    assert re.fullmatch("[A-Za-z0-9_-]+", token)
    assert tokens.open("page:kms", token) == b"position"
    assert tokens.open("page:ssm", token) is None


def test_every_changed_character_and_every_cut_of_a_token_is_refused(tokens: TokenSealer) -> None:
    """The unused bits of the last character too, so that a token has one spelling."""
    for payload in (b"", b"1", b"12"):
        token = tokens.seal("p", payload)
        for place, old in enumerate(token):
            changed = ALPHABET[ALPHABET.index(old) ^ 1]
            assert tokens.open("p", token[:place] + changed + token[place + 1 :]) is None
            assert tokens.open("p", token[:place]) is None
        assert tokens.open("p", token + "=") is None
        assert tokens.open("p", token + "\n") is None


@given(st.text())
def test_arbitrary_text_opens_nothing(text: str) -> None:
    """And raises nothing."""
    assert TokenSealer(new_ring()).open("p", text) is None


def test_tokens_outlive_rotation_and_cross_nodes() -> None:
    """A node that has not seen the rotation looks for the next key, and for no other."""
    store = MemoryKeyStore()
    mine = DomainKeyRing.create(store, fixed_seal(), now_ms=1000)
    theirs = DomainKeyRing(store, fixed_seal())
    before = TokenSealer(mine).seal("p", b"x")
    theirs.rotate(now_ms=2000)
    assert TokenSealer(theirs).open("p", before) == b"x"
    after = TokenSealer(theirs).seal("p", b"y")
    assert TokenSealer(mine).open("p", after) == b"y"
    reads = store.reads
    other = new_ring()
    for _ in range(4):
        other.rotate(now_ms=3000)
    assert TokenSealer(mine).open("p", TokenSealer(other).seal("p", b"z")) is None
    assert store.reads == reads
