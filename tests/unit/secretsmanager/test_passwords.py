"""Random passwords keep their rules, whatever bytes are drawn."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.core.ids import RandomBytes
from strongroom.secretsmanager.errors import InvalidParameter
from strongroom.secretsmanager.rules.passwords import PasswordRules, character_types, random_password


def drawn_from(seed: int) -> RandomBytes:
    """Return a repeatable source of bytes."""
    return random.Random(seed).randbytes  # noqa: S311 - the same passwords in every run of the tests


EVERYTHING = character_types(lowercase=True, uppercase=True, numbers=True, punctuation=True, space=True, excluded="")


@given(
    seed=st.integers(),
    length=st.integers(5, 200),
    flags=st.tuples(*[st.booleans()] * 5).filter(any),
    excluded=st.text(string.ascii_letters + string.digits, max_size=20),
    each_type=st.booleans(),
)
def test_a_password_has_its_length_and_only_wanted_characters(
    seed: int, length: int, flags: tuple[bool, ...], excluded: str, *, each_type: bool
) -> None:
    """And one of each type where that is asked for."""
    lowercase, uppercase, numbers, punctuation, space = flags
    types = character_types(
        lowercase=lowercase, uppercase=uppercase, numbers=numbers, punctuation=punctuation, space=space, excluded=excluded
    )
    if not types:
        return
    password = random_password(PasswordRules(types, length, each_type), drawn_from(seed))
    assert len(password) == length
    assert set(password) <= set("".join(types)) - set(excluded)
    if each_type:
        assert all(set(password) & set(characters) for characters in types)


def test_characters_are_drawn_evenly() -> None:
    """No character is twice as frequent as another over many draws."""
    rules = PasswordRules(
        character_types(lowercase=True, uppercase=False, numbers=False, punctuation=False, space=False, excluded=""), 26_000
    )
    password = random_password(rules, drawn_from(7))
    counts = [password.count(letter) for letter in string.ascii_lowercase]
    assert min(counts) > 850
    assert max(counts) < 1150


def test_required_characters_do_not_stand_in_fixed_places() -> None:
    """The one digit of a password wanders."""
    places = {random_password(PasswordRules(("0", "abc"), 4), drawn_from(seed)).find("0") for seed in range(200)}
    assert places == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        (PasswordRules(EVERYTHING, 4), "Password length is too short based on the required types."),
        (PasswordRules((), 4), "The password can't be generated: every character type is excluded."),
    ],
)
def test_rules_that_can_not_be_kept_are_refused(rules: PasswordRules, text: str) -> None:
    """Too short for one of each, or nothing to draw from."""
    with pytest.raises(InvalidParameter) as refused:
        random_password(rules, drawn_from(1))
    assert refused.value.message == text


def test_a_type_whose_characters_are_all_excluded_is_not_required() -> None:
    """Excluding every digit is the same as ExcludeNumbers."""
    types = character_types(lowercase=True, uppercase=False, numbers=True, punctuation=False, space=False, excluded=string.digits)
    assert types == (string.ascii_lowercase,)
