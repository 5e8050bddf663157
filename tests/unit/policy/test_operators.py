"""Condition operators: each with present, absent and several values, with IfExists, and with both set qualifiers."""

import pytest
from tests.unit.policy.make import allow, text

from strongroom.policy.decision import ConditionContext, Values
from strongroom.policy.documents import Condition
from strongroom.policy.operators import condition_test, parse_operator
from strongroom.policy.parse import MalformedPolicy, PolicyKind, parse_policy

ARN = "arn:aws:iam::111122223333:role/app"
# positive operator, its negated form, policy values, a value that matches, values that do not
FAMILIES: list[tuple[str, str | None, Values, Values, Values]] = [
    ("StringEquals", "StringNotEquals", ("a", "b*"), ("a", "b*"), ("A", "bc", "")),
    ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", ("Ab",), ("ab", "AB"), ("abc", "")),
    ("StringLike", "StringNotLike", ("a*", "?x"), ("a", "abc", "zx"), ("ba", "Abc", "x")),
    ("NumericEquals", "NumericNotEquals", ("10", "2.50"), ("10", "10.0", "2.5", "+10"), ("11", "ten", "", "1e1", "NaN")),
    ("NumericLessThan", None, ("10",), ("9.99", "-1"), ("10", "11", "x")),
    ("NumericLessThanEquals", None, ("10",), ("10", "9"), ("10.01", "x")),
    ("NumericGreaterThan", None, ("10",), ("10.01", "123456789012345678901234567890"), ("10", "x")),
    ("NumericGreaterThanEquals", None, ("10",), ("10", "11"), ("9", "Infinity")),
    (
        "DateEquals",
        "DateNotEquals",
        ("2024-02-29T00:00:00Z",),
        ("2024-02-29", "2024-02-29T01:00:00+01:00", "1709164800", "2024-02-28T19:00-05:00", "2024-02-29t00:00:00.000z"),
        ("2024-02-29T00:00:01Z", "now", "", "1709164800.5", "2023-02-29"),
    ),
    ("DateLessThan", None, ("2024-01-01",), ("2023-12-31T23:59:59.999Z", "1600000000"), ("2024-01-01T00:00:00Z", "2025", "x")),
    ("DateLessThanEquals", None, ("2024",), ("2024-01-01T00:00:00Z", "2023-12"), ("2024-01-01T00:00:01Z", "x")),
    ("DateGreaterThan", None, ("1704067200",), ("2024-01-01T00:00:01Z",), ("2024-01-01T00:00:00Z", "x")),
    ("DateGreaterThanEquals", None, ("2024-01",), ("2024-01-01T00:00:00Z", "2024-06-01"), ("2023-12-31", "99999999999999")),
    ("Bool", None, ("true",), ("true", "True"), ("false", "1", "")),
    ("BinaryEquals", None, ("QmluYXJ5",), ("QmluYXJ5",), ("QmluYXJ6", "Binary", "?")),
    (
        "IpAddress",
        "NotIpAddress",
        ("203.0.113.0/24", "2001:db8::/32"),
        ("203.0.113.9", "2001:db8::1", "::ffff:203.0.113.9"),
        ("203.0.114.1", "2001:db9::1", "AWS Internal", ""),
    ),
    ("IpAddress", "NotIpAddress", ("203.0.113.7",), ("203.0.113.7",), ("203.0.113.8",)),
    ("ArnEquals", "ArnNotEquals", ("arn:aws:iam::*:role/*",), (ARN, "arn:aws:iam::1:role/x/y"), ("arn:aws:iam::1:user/x", "role/app", "*")),
    ("ArnLike", "ArnNotLike", (ARN,), (ARN,), (ARN + "2",)),
]


def holds(operator: str, policy_values: Values, values: Values | None) -> bool:
    """Return whether the condition holds for a request whose key has `values`."""
    test = condition_test(Condition(operator, "aws:Key", policy_values), variables=True)
    return test(ConditionContext({} if values is None else {"aws:key": values}))


def each_single_case() -> list[tuple[str, Values, Values | None, bool]]:
    """Give every operator with one request value, with none, and in its negated and IfExists forms."""
    cases: list[tuple[str, Values, Values | None, bool]] = []
    for positive, negative, policy_values, matching, others in FAMILIES:
        cases += [(positive, policy_values, (value,), True) for value in matching]
        cases += [(positive, policy_values, (value,), False) for value in others]
        cases += [(f"{positive}IfExists", policy_values, (matching[0],), True), (f"{positive}IfExists", policy_values, (others[0],), False)]
        cases += [(positive, policy_values, absent, False) for absent in (None, ())]
        cases += [(f"{positive}IfExists", policy_values, absent, True) for absent in (None, ())]
        if negative is None:
            continue
        cases += [(negative, policy_values, (value,), False) for value in matching]
        cases += [(negative, policy_values, (value,), True) for value in others]
        cases += [(negative, policy_values, absent, True) for absent in (None, ())]
        cases += [(f"{negative}IfExists", policy_values, None, True), (f"{negative}IfExists", policy_values, (matching[0],), False)]
    return cases


@pytest.mark.parametrize(("operator", "policy_values", "values", "expected"), each_single_case())
def test_an_operator_compares_one_value(operator: str, policy_values: Values, values: Values | None, *, expected: bool) -> None:
    """Absent keys fail positive operators, pass negated ones, and pass with IfExists."""
    assert holds(operator, policy_values, values) is expected


# request values, from m (matches) and o (does not); then whether it holds: plain, ForAnyValue, ForAllValues
SETS = [
    ("m", True, True, True),
    ("o", False, False, False),
    ("mm", True, True, True),
    ("mo", True, True, False),
    ("oo", False, False, False),
    ("", False, False, True),
]
# the same under a negated operator: none may match; any that does not; all that do not
NEGATED_SETS = [
    ("m", False, False, False),
    ("o", True, True, True),
    ("mm", False, False, False),
    ("mo", False, True, False),
    ("oo", True, True, True),
    ("", True, False, True),
]


def each_set_case() -> list[tuple[str, Values, Values, bool]]:
    """Give every operator with several request values under each qualifier."""
    cases: list[tuple[str, Values, Values, bool]] = []
    for positive, negative, policy_values, matching, others in FAMILIES:
        for name, table in ((positive, SETS), (negative, NEGATED_SETS)):
            for pattern, *expected in table if name else ():
                values = tuple(matching[0] if letter == "m" else others[0] for letter in pattern)
                operators = (name, f"ForAnyValue:{name}", f"ForAllValues:{name}")
                cases += [(operator or "", policy_values, values, answer) for operator, answer in zip(operators, expected, strict=True)]
    return cases


@pytest.mark.parametrize(("operator", "policy_values", "values", "expected"), each_set_case())
def test_a_qualifier_says_how_several_values_are_compared(operator: str, policy_values: Values, values: Values, *, expected: bool) -> None:
    """ForAnyValue wants one, ForAllValues all; an absent key is false for the one and true for the other."""
    assert holds(operator, policy_values, values) is expected
    if not values:
        assert holds(operator, policy_values, None) is expected


NULLS = [
    ("true", None, True),
    ("true", (), True),
    ("true", ("x",), False),
    ("false", None, False),
    ("false", ("x",), True),
    ("False", ("",), True),
]


@pytest.mark.parametrize(("wanted", "values", "expected"), NULLS)
def test_null_asks_whether_a_key_is_absent(wanted: str, values: Values | None, *, expected: bool) -> None:
    """`true` holds for an absent key, `false` for one that is there."""
    assert holds("Null", (wanted,), values) is expected


@pytest.mark.parametrize(
    "operator",
    [
        "stringEquals",
        "StringEqual",
        "StringEqualsifExists",
        "NullIfExists",
        "ForAnyValue:Null",
        "ForAnyValues:StringEquals",
        ":StringEquals",
        "ForAllValues:",
        "",
        "IfExists",
        "StringEqualsIfExistsIfExists",
        "ForAllValues:ForAnyValue:StringEquals",
        "BinaryNotEquals",
        "BoolNot",
        "foranyvalue:StringEquals",
        "StringEquals ",
    ],
)
def test_an_unknown_operator_is_malformed(operator: str) -> None:
    """Operator names count their case, and a policy with another name is refused."""
    assert parse_operator(operator) is None
    with pytest.raises(MalformedPolicy, match=r"^Syntax errors in policy\.$"):
        parse_policy(text(allow(Condition={operator: {"aws:username": "true"}})), PolicyKind.IDENTITY)


BAD_VALUES = [
    ("NumericEquals", "ten"),
    ("NumericLessThan", "1e9"),
    ("NumericLessThan", "٣"),
    ("NumericEquals", "${aws:EpochTime}"),
    ("DateLessThan", "tomorrow"),
    ("DateLessThan", "2024-02-30"),
    ("DateLessThan", "2024-*"),
    ("DateLessThan", "9999999999999"),
    ("DateLessThan", "2024-01-01T00:00:00+99:00"),
    ("DateEquals", "${aws:CurrentTime}"),
    ("Bool", "yes"),
    ("Bool", ""),
    ("BinaryEquals", "not base64"),
    ("IpAddress", "203.0.113.0/33"),
    ("IpAddress", "203.0.113.*"),
    ("NotIpAddress", "localhost"),
    ("IpAddress", "${aws:SourceIp}"),
    ("Null", "maybe"),
    ("Null", "${aws:username}"),
]


@pytest.mark.parametrize(("operator", "value"), BAD_VALUES)
def test_a_policy_value_of_the_wrong_type_is_malformed(operator: str, value: str) -> None:
    """Nobody finds out at the first request that a limit was misspelt."""
    for name in (operator,) if operator == "Null" else (operator, f"{operator}IfExists", f"ForAnyValue:{operator}"):
        with pytest.raises(MalformedPolicy, match=r"^Syntax errors in policy\.$"):
            parse_policy(text(allow(Condition={name: {"aws:username": [value]}})), PolicyKind.IDENTITY)


def test_values_may_be_numbers_and_booleans_as_well_as_texts() -> None:
    """JSON numbers keep their digits; booleans are compared as `true` and `false`."""
    conditions = {
        "NumericLessThan": {"aws:MultiFactorAuthAge": [3600, 1.50]},
        "Bool": {"aws:SecureTransport": True},
        "StringEquals": {"aws:a": 5},
    }
    statement = parse_policy(text(allow(Condition=conditions)), PolicyKind.IDENTITY).statements[0]
    assert [condition.values for condition in statement.conditions] == [("3600", "1.5"), ("true",), ("5",)]


def test_a_condition_without_values_never_holds_unless_negated() -> None:
    """An empty list is nothing to be equal to."""
    assert not holds("StringEquals", (), ("a",))
    assert not holds("NumericEquals", (), ("1",))
    assert holds("StringNotEquals", (), ("a",))


def test_key_names_do_not_count_their_case() -> None:
    """`AWS:Key` and `aws:key` are one key."""
    test = condition_test(Condition("StringEquals", "AWS:KEY", ("a",)), variables=True)
    assert test(ConditionContext({"aws:key": ("a",)}))


@pytest.mark.parametrize(
    ("operator", "policy_value", "values", "expected"),
    [
        ("StringEquals", "${aws:username}", ("alice",), True),
        ("StringEquals", "${aws:username}", ("bob",), False),
        ("StringNotEquals", "${aws:username}", ("bob",), True),
        ("StringEqualsIgnoreCase", "${aws:username}-X", ("ALICE-x",), True),
        ("StringLike", "${aws:username}/*", ("alice/1",), True),
        ("StringLike", "a${*}", ("ab",), False),
        ("StringEquals", "a${*}", ("a*",), True),
        ("Bool", "${aws:flag}", ("true",), True),
        ("Bool", "${aws:username}", ("alice",), False),  # not a boolean, so nothing is equal to it
        ("ArnLike", "arn:aws:iam::*:user/${aws:username}", ("arn:aws:iam::111122223333:user/alice",), True),
        ("ForAllValues:StringLike", "${aws:username}*", ("alice1", "alice2"), True),
        ("StringEquals", "${aws:none, 'x'}", ("x",), True),
    ],
)
def test_text_operators_know_variables(operator: str, policy_value: str, values: Values, *, expected: bool) -> None:
    """String, ARN and Bool operators put variables in place at each request."""
    test = condition_test(Condition(operator, "aws:key", (policy_value,)), variables=True)
    assert test(ConditionContext({"aws:key": values, "aws:username": ("alice",), "aws:flag": ("TRUE",)})) is expected


def test_all_operators_and_keys_must_hold_together() -> None:
    """Operators and keys are joined by AND, the values of a key by OR."""
    conditions = {"StringEquals": {"aws:a": ["1", "2"], "aws:b": "1"}, "Bool": {"aws:c": "true"}}
    statement = parse_policy(text(allow(Condition=conditions)), PolicyKind.IDENTITY).statements[0]
    tests = [condition_test(condition, variables=True) for condition in statement.conditions]
    good: dict[str, Values] = {"aws:a": ("2",), "aws:b": ("1",), "aws:c": ("true",)}
    assert all(test(ConditionContext(good)) for test in tests)
    for key in good:
        assert not all(test(ConditionContext({**good, key: ("9",)})) for test in tests)
