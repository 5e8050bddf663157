"""AllowedPattern: matching as Java does, within bounds."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom.core.errors import ApiError
from strongroom.ssm.errors import InvalidAllowedPattern, ParameterPatternMismatch
from strongroom.ssm.rules.patterns import SECONDS_TO_MATCH, check_pattern


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        (r"^\d+$", "443"),
        (r"\d{3}-\d{4}", "555-0123"),
        ("[a-z&&[^b]]+", "acd"),
        ("(?=.*[A-Z])(?=.*\\d).{8,64}", "Password1"),
        ("(?i)abc|x", "ABC"),
        ("a(?-i:b)c", "abc"),
        ("a*+b", "aab"),
        (r"\p{Lu}\p{L}+", "Écrit"),
        ("[{}]+", "{}"),
        ("(?<year>\\d{4})", "2026"),
        ("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "123e4567-e89b-12d3-a456-426614174000"),
    ],
)
def test_a_value_that_matches_whole_is_accepted(pattern: str, value: str) -> None:
    """The dialect is that of java.util.regex."""
    check_pattern(pattern, value)


@pytest.mark.parametrize(
    ("pattern", "value"),
    [("a", "ab"), ("b", "ab"), (r"^\d+$", "44x"), (r"\w+", "é"), (r"\d", "\u0663"), ("a.b", "a\nb"), ("[a-z&&[^b]]", "b")],
)
def test_a_partial_match_is_a_mismatch(pattern: str, value: str) -> None:
    """Java's `matches` wants the whole string, and its classes are ASCII."""
    with pytest.raises(ParameterPatternMismatch) as raised:
        check_pattern(pattern, value)
    assert raised.value.message == f"Parameter value, cannot be validated against allowedPattern: {pattern}"


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "[", "[]", "a{", "a{2,1}", "*", "a**", "\\", "(?R)*", "(?1)", "a{e<=2}", "(?P<x>a)", "(?x)a b", "(?#c)a", r"\Qa", "(?|a)"],
)
def test_a_pattern_outside_the_dialect_is_invalid(pattern: str) -> None:
    """What Java does not know is refused, and so is what would slip past the bounds."""
    with pytest.raises(InvalidAllowedPattern):
        check_pattern(pattern, "a")


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        ("(a|aa)+$", "a" * 60 + "b"),
        ("(x+x+)+y", "x" * 8000),
        ("a.*" * 300, "a" * 8000),
        ("(?:a{1000}){1000}", "a"),
        ("(?:(?:(?:a{1000}){1000}){1000}){1000}", "a"),
        ("a{999999999}", "a"),
        ("(?:.?){1000000}", "a"),
        ("(" * 400 + ")" * 400, "a"),
        ("[" * 1000, "a"),
    ],
)
def test_a_hostile_pattern_costs_little_and_is_invalid(pattern: str, value: str) -> None:
    """Neither the compiler nor the matcher runs away."""
    started = time.monotonic()
    with pytest.raises(InvalidAllowedPattern):
        check_pattern(pattern, value)
    assert time.monotonic() - started < SECONDS_TO_MATCH + 1


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab(){}[]\\*+?,|^$.:<>=!-&0195px", max_size=30), st.text(alphabet="ab01", max_size=10))
def test_no_pattern_breaks_the_matcher(pattern: str, value: str) -> None:
    """Any pattern matches, mismatches or is invalid."""
    try:
        check_pattern(pattern, value)
    except ApiError as error:
        assert error.code in {"InvalidAllowedPatternException", "ParameterPatternMismatchException"}  # noqa: PT017
