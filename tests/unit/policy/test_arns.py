"""ARN patterns are compared segment by segment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.policy.arns import arn_builder, arn_test, exact_arn, segments_of
from strongroom.policy.decision import ConditionContext
from strongroom.policy.variables import parse_parts
from strongroom.policy.wildcard import matcher, tokens_of

KEY = "arn:aws:kms:eu-west-1:111122223333:key/abc"
ROLE = "arn:aws:iam::111122223333:role/a/b/c"
SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db-AbCdEf"

MATCHES = [
    ("*", KEY, True),
    ("*", "*", True),
    (KEY, KEY, True),
    (KEY, KEY.upper(), False),
    (KEY, "*", False),
    ("arn:aws:kms:eu-west-1:111122223333:key/*", KEY, True),
    ("arn:aws:kms:*:111122223333:key/*", KEY, True),
    ("arn:aws:kms:*:*:*", KEY, True),
    ("arn:aws:kms:eu-*-1:11112222????:key/a?c", KEY, True),
    ("arn:aws:kms:*:key/abc", KEY, False),  # a star does not cross a colon
    ("arn:aws:kms:*:*:key/abc", "arn:aws:kms:eu-west-1:1111:2222:key/abc", False),
    ("arn:aws:kms:*", KEY, True),  # completed with stars
    ("arn:aws:kms", KEY, True),
    ("arn:aws:ssm", KEY, False),
    ("arn:aws:kms:*", "*", False),
    ("arn:*", KEY, True),
    ("arn:aws:iam::*:role/*", ROLE, True),
    ("arn:aws:iam:*:*:role/*/c", ROLE, True),  # a star matches an empty Region, and crosses slashes
    ("arn:aws:iam::111122223333:role/*", "arn:aws:iam:x:111122223333:role/a", False),
    ("arn:aws:secretsmanager:*:*:secret:app/*", SECRET, True),  # and colons in the last segment
    ("arn:aws:secretsmanager:*:*:*db-??????", SECRET, True),
    ("arn:aws:secretsmanager:*:*:secret:app/db", SECRET, False),
    ("*:kms:eu-west-1:111122223333:key/abc", KEY, False),  # not an ARN
    ("a*:aws:kms:eu-west-1:111122223333:key/abc", KEY, False),
    ("**", KEY, False),
    ("arn:*:*:*:*:x", "arn:aws", False),
    ("arn:*:k?s:*:*:*", "arn:aws", False),
    ("", KEY, False),
    ("arn:aws:kms:eu-west-1:111122223333:", KEY, False),
]


@pytest.mark.parametrize(("pattern", "arn", "expected"), MATCHES)
def test_an_arn_pattern_matches_within_its_segments(pattern: str, arn: str, *, expected: bool) -> None:
    """The same for a pattern known when the policy is compiled and for one that is put together for a request."""
    assert arn_test(tokens_of(pattern))(arn, segments_of(arn)) is expected
    built = arn_builder(parse_parts(pattern, variables=True, wildcards=True))(ConditionContext())
    assert built is not None
    assert built(arn, segments_of(arn)) is expected


def test_a_variable_may_be_a_whole_arn() -> None:
    """Then its own colons are the segments, and its stars are still plain text."""
    build = arn_builder(parse_parts("${aws:PrincipalTag/arn}", variables=True, wildcards=True))
    test = build(ConditionContext({"aws:principaltag/arn": (KEY,)}))
    starred = build(ConditionContext({"aws:principaltag/arn": ("arn:aws:kms:*:*:*",)}))
    assert test is not None
    assert starred is not None
    assert test(KEY, segments_of(KEY))
    assert not starred(KEY, segments_of(KEY))
    assert build(ConditionContext()) is None


def test_only_a_whole_arn_without_wildcards_is_exact() -> None:
    """Exact ARNs are looked up in a set, so nothing that matches more may be one."""
    exact = {pattern: exact_arn(parse_parts(pattern, variables=True, wildcards=True)) for pattern, _, _ in MATCHES}
    assert {pattern for pattern, arn in exact.items() if arn} == {KEY, "arn:aws:kms:eu-west-1:111122223333:"}
    assert exact_arn(parse_parts("arn:aws:s3:::a${*}", variables=True, wildcards=True)) == "arn:aws:s3:::a*"


segment = st.text("ab*?", max_size=3)


@given(st.lists(segment, min_size=5, max_size=5), st.lists(st.text("ab", max_size=3), min_size=5, max_size=5))
def test_all_six_segments_match_on_their_own(pattern: list[str], actual: list[str]) -> None:
    """Short cuts for literal segments decide as six comparisons do."""
    arn = ":".join(["arn", *actual])
    expected = all(matcher(tokens_of(one))(other) for one, other in zip(pattern, actual, strict=True))
    assert arn_test(tokens_of(":".join(["arn", *pattern])))(arn, segments_of(arn)) is expected
