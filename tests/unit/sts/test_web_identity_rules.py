"""What verified claims must say, whatever an issuer puts into them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.sts.errors import ExpiredIdentityToken, InvalidIdentityToken
from strongroom.sts.rules.web_identity import CLOCK_SKEW, WebIdentity, identity_conditions, web_identity

NOW = 1_700_000_000.0
PROVIDER = "issuer.test/Id"
CLAIMS: dict[str, Any] = {"sub": "me", "aud": "app", "exp": NOW + 60, "iat": NOW}
TAGS = "https://aws.amazon.com/tags"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just("principal_tags"), inner, max_size=3),
    max_leaves=6,
)


def identity(**changes: Any) -> WebIdentity:
    """Return the identity in the claims with some changed."""
    return web_identity(PROVIDER, ("app", "other"), {**CLAIMS, **changes}, NOW)


@pytest.mark.parametrize(
    ("changes", "audience", "original"),
    [
        ({}, "app", ()),
        ({"aud": ["unknown", "other"]}, "other", ()),
        ({"azp": "app", "aud": ["resource"]}, "app", ("resource",)),
    ],
)
def test_the_audience_is_the_client_that_the_token_was_issued_to(changes: dict[str, Any], audience: str, original: tuple[str, ...]) -> None:
    """The authorised party stands for it where the token names one; the audience is then oaud."""
    found = identity(**changes)
    assert (found.audience, found.original_audience) == (audience, original)


@pytest.mark.parametrize(
    "changes",
    [{"exp": NOW}, {"exp": NOW - 1}, {"exp": 0}],
)
def test_a_token_ends_with_its_last_second(changes: dict[str, Any]) -> None:
    """The moment of its expiry is too late."""
    with pytest.raises(ExpiredIdentityToken):
        identity(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"nbf": NOW + CLOCK_SKEW + 1},
        {"iat": NOW + CLOCK_SKEW + 1},
        {"iat": "yesterday"},
        {"exp": float("nan")},
        {"exp": 1e300},
        {"azp": "unknown"},
        {"aud": []},
        {"aud": {"app": 1}},
        {"sub": ""},
        {"sub": "a" * 256},
        {"amr": [1]},
        {TAGS: []},
        {TAGS: {"principal_tags": {"a": ["b", "c"]}}},
        {TAGS: {"principal_tags": {"": ["b"]}}},
        {TAGS: {"principal_tags": {f"k{n}": ["b"] for n in range(51)}}},
        {"https://aws.amazon.com/source_identity": 1},
    ],
)
def test_claims_that_say_too_little_or_too_much_are_refused(changes: dict[str, Any]) -> None:
    """Nothing is guessed."""
    with pytest.raises(InvalidIdentityToken):
        identity(**changes)


def test_an_issuers_clock_may_run_a_little_ahead() -> None:
    """By five minutes."""
    assert identity(iat=NOW + CLOCK_SKEW, nbf=NOW + CLOCK_SKEW).subject == "me"


def test_policies_see_what_the_provider_says_under_its_name() -> None:
    """In lower case, as condition keys are looked up."""
    found = identity(azp="app", aud=["resource"], amr=["mfa"], **{TAGS: {"principal_tags": {"team": "shop"}}})
    assert found.tags == {"team": "shop"}
    assert identity_conditions(found) == {
        "issuer.test/id:aud": ("app",),
        "issuer.test/id:oaud": ("resource",),
        "issuer.test/id:sub": ("me",),
        "issuer.test/id:amr": ("mfa",),
    }


@given(
    st.dictionaries(
        st.sampled_from(["sub", "aud", "azp", "exp", "iat", "nbf", "amr", TAGS, "https://aws.amazon.com/source_identity"]), JSON, max_size=4
    )
)
def test_no_claims_break_the_rules(changes: dict[str, Any]) -> None:
    """Whatever stands in them is an identity or one of two errors."""
    try:
        found = identity(**changes)
    except (InvalidIdentityToken, ExpiredIdentityToken):
        return
    assert found.audience in {"app", "other"}
    assert found.subject
