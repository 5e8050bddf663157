"""Session tokens under the real seal, and the ids of access keys."""

import os

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.crypto.memory_keys import new_ring

from strongroom.crypto.tokens import TokenSealer
from strongroom.identity.errors import UnknownCredential
from strongroom.identity.ids import account_of_access_key_id, new_access_key_id
from strongroom.identity.principal import SessionFacts
from strongroom.identity.sessions import SessionSubject, begin_session, open_session
from strongroom.policy.decision import PrincipalType

SEALER = TokenSealer(new_ring())
SUBJECT = SessionSubject(
    type=PrincipalType.ASSUMED_ROLE,
    account_id="111122223333",
    unique_id="AROAX",
    role_key="ops",
    tags={"team": "red"},
    facts=SessionFacts(issued_at=1.0, expires_at=2.0, name="s1", policies=('{"a":1}',), transitive_tag_keys=("team",)),
)


def test_a_token_gives_back_what_it_holds() -> None:
    """All of it, and the secret that the client was given."""
    made = begin_session(SEALER, SUBJECT, os.urandom)
    secret, token = open_session(SEALER, made.session_token)
    assert secret.reveal() == made.secret_access_key.reveal()
    assert token.subject == SUBJECT
    assert token.access_key_id == made.access_key_id
    assert made.secret_access_key.reveal().decode() not in repr(token) + repr(made)


def test_long_session_policies_are_compressed() -> None:
    """So that the token fits into a header; it opens like any other."""
    policies = ('{"Version":"2012-10-17","Statement":[' + '{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"},' * 100 + "]}",)
    subject = msgspec.structs.replace(SUBJECT, facts=msgspec.structs.replace(SUBJECT.facts, policies=policies))
    made = begin_session(SEALER, subject, os.urandom)
    assert len(made.session_token) < 1000 < len(policies[0])
    assert open_session(SEALER, made.session_token)[1].subject == subject


def test_no_character_of_a_token_may_change() -> None:
    """Nor be missing, nor be added."""
    text = begin_session(SEALER, SUBJECT, os.urandom).session_token
    for place, character in enumerate(text):
        altered = text[:place] + ("B" if character == "A" else "A") + text[place + 1 :]
        with pytest.raises(UnknownCredential):
            open_session(SEALER, altered)
    for altered in (text[:-1], text[1:], text + "A", text.upper(), ""):
        with pytest.raises(UnknownCredential):
            open_session(SEALER, altered)


def test_another_servers_token_is_none_of_ours() -> None:
    """Keys differ."""
    foreign = begin_session(TokenSealer(new_ring()), SUBJECT, os.urandom).session_token
    with pytest.raises(UnknownCredential):
        open_session(SEALER, foreign)


@given(st.text())
def test_made_up_texts_open_nothing(text: str) -> None:
    """Whatever they are."""
    with pytest.raises(UnknownCredential):
        open_session(SEALER, text)


@given(st.integers(0, 10**12 - 1), st.binary(min_size=5, max_size=5))
def test_an_access_key_id_carries_any_account(account: int, noise: bytes) -> None:
    """For every account id and every random part."""
    text = f"{account:012d}"
    assert account_of_access_key_id(new_access_key_id("ASIA", text, lambda _: noise)) == text


@given(st.text(max_size=24))
def test_made_up_key_ids_have_an_account_or_none(text: str) -> None:
    """Never an error."""
    found = account_of_access_key_id(text)
    assert found is None or len(found) == 12
