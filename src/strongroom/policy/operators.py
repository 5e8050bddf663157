"""Condition operators: every name, and the test that an operator makes with one key and its values.

A test takes a request's context and says whether the condition holds. Absent keys: positive operators do not
hold, negated ones do, `...IfExists` holds, `ForAllValues:` holds and `ForAnyValue:` does not. A request value
list without a qualifier is compared as a whole: a positive operator needs one that matches, a negated one
none. A policy variable that can't be resolved matches nothing, under a negated operator too.

Source: IAM User Guide, "Condition operators" and "Set operators for multivalued context keys".
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from strongroom.policy.arns import arn_builder, arn_test, segments_of
from strongroom.policy.decision import ConditionContext, Values
from strongroom.policy.documents import Condition
from strongroom.policy.values import TYPED, boolean
from strongroom.policy.variables import Parts, Variable, parse_parts, resolve, static_tokens, variables_in
from strongroom.policy.wildcard import Matcher, Tokens, Wild, literal_of, matcher

ContextTest = Callable[[ConditionContext], bool]
Builder = Callable[[ConditionContext], Matcher | None]
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnLike",
    "ArnNotLike": "ArnLike",
}
_ALIASES = {"ArnEquals": "ArnLike"}
_TEXT = frozenset({"StringEquals", "StringEqualsIgnoreCase", "StringLike", "Bool", "ArnLike"})  # those that know variables
_WITH_WILDCARDS = frozenset({"StringLike", "ArnLike"})
_IF_EXISTS = "IfExists"
_NULL = "Null"


class Qualifier(Enum):
    """How a list of request values is compared."""

    NONE = ""
    ANY = "ForAnyValue"
    ALL = "ForAllValues"


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator's name taken apart. `base` is the positive form: StringEquals for StringNotEqualsIfExists."""

    base: str
    negated: bool
    if_exists: bool
    qualifier: Qualifier


def parse_operator(name: str) -> Operator | None:
    """Return the parts of an operator's name (its case counts), or None if there is no such operator."""
    prefix, colon, rest = name.rpartition(":")
    if bool(colon) != bool(prefix) or prefix not in {qualifier.value for qualifier in Qualifier}:
        return None
    if rest == _NULL and not prefix:
        return Operator(_NULL, negated=False, if_exists=False, qualifier=Qualifier.NONE)
    plain = rest.removesuffix(_IF_EXISTS)
    base = _NEGATED.get(plain, _ALIASES.get(plain, plain))
    if base not in _TEXT and base not in TYPED:
        return None
    return Operator(base, plain in _NEGATED, rest != plain, Qualifier(prefix))


def condition_test(condition: Condition, *, variables: bool) -> ContextTest:
    """Return the test of one condition.

    Args:
        condition: as parsed.
        variables: whether the document's version knows policy variables.

    Raises:
        ValueError: no such operator, or a value is not of its type, or a policy variable is malformed.
    """
    operator = parse_operator(condition.operator)
    if operator is None:
        raise ValueError("no such operator")
    key = condition.key.lower()
    if operator.base == _NULL:
        return _null_test(key, condition.values)
    compare = _comparison(operator)
    if operator.base in TYPED:
        tests = [TYPED[operator.base](value) for value in condition.values]
        return _static_test(key, _any_of(tests), operator, compare, Weight(len(tests) * TYPED_WORK))
    parts = _parts(operator, condition.values, variables=variables)
    tokens = [found for found in map(static_tokens, parts) if found is not None]
    if len(tokens) == len(parts):
        weight = Weight(1) if operator.base == "StringEquals" else _weight(tokens)
        return _static_test(key, _tokens_test(operator.base, tokens), operator, compare, weight)
    return _dynamic_test(key, [_builder(operator.base, part) for part in parts], operator, compare, _weight(parts))


def condition_variables(condition: Condition) -> Iterator[Variable]:
    """Give the policy variables in the values of a condition that was accepted."""
    operator = parse_operator(condition.operator)
    if operator is None or operator.base not in _TEXT:
        return
    for parts in _parts(operator, condition.values, variables=True):
        yield from variables_in(parts)


def _parts(operator: Operator, values: Values, *, variables: bool) -> list[Parts]:
    return [parse_parts(value, variables=variables, wildcards=operator.base in _WITH_WILDCARDS) for value in values]


def _null_test(key: str, values: Values) -> ContextTest:
    for value in values:
        boolean(value)
    wanted = {value.lower() == "true" for value in values}

    def test(context: ConditionContext) -> bool:
        return (not context.get(key)) in wanted

    return test


def _comparison(operator: Operator) -> Callable[[Values, Matcher], bool]:
    return _COMPARISONS[operator.qualifier, operator.negated]


_COMPARISONS: dict[tuple[Qualifier, bool], Callable[[Values, Matcher], bool]] = {
    (Qualifier.NONE, False): lambda values, test: any(map(test, values)),
    (Qualifier.NONE, True): lambda values, test: not any(map(test, values)),
    (Qualifier.ANY, False): lambda values, test: any(map(test, values)),
    (Qualifier.ANY, True): lambda values, test: not all(map(test, values)),
    (Qualifier.ALL, False): lambda values, test: all(map(test, values)),
    (Qualifier.ALL, True): lambda values, test: not any(map(test, values)),
}


def _holds_when_absent(operator: Operator) -> bool:
    if operator.qualifier is Qualifier.ALL or operator.if_exists:
        return True
    return operator.negated and operator.qualifier is Qualifier.NONE


class Weight(NamedTuple):
    """What comparing one value with all patterns of a condition costs, in units of ConditionContext.spend.

    Attributes:
        value: of each value.
        character: of each character of a value, for patterns with `?`, which are looked for character by character.
    """

    value: int
    character: int = 0

    def of(self, values: Values) -> int:
        """Return what comparing these values costs."""
        length = len(values[0]) if len(values) == 1 else sum(map(len, values))
        return self.value * (len(values) + length // CHARACTERS_A_TEST) + self.character * length


TEST_WORK = 3
TYPED_WORK = 20  # reading a number or a time
BUILD_WORK = 40  # putting variables into a pattern
CHARACTER_WORK = 3
CHARACTERS_A_TEST = 1024


def _weight(patterns: Sequence[Parts]) -> Weight:
    """Return the weight of patterns. The longest ones with `?` take longer for each character."""
    gaps = sum(1 + len(pattern) // CHARACTERS_A_TEST for pattern in patterns if Wild.ONE in pattern and Wild.STAR in pattern)
    return Weight(len(patterns) * TEST_WORK, gaps * CHARACTER_WORK)


def _static_test(key: str, test: Matcher, operator: Operator, compare: Callable[[Values, Matcher], bool], weight: Weight) -> ContextTest:
    absent = _holds_when_absent(operator)

    def static(context: ConditionContext) -> bool:
        values = context.get(key)
        if not values:
            return absent
        context.spend(weight.of(values))
        return compare(values, test)

    return static


def _dynamic_test(
    key: str, builders: Sequence[Builder], operator: Operator, compare: Callable[[Values, Matcher], bool], weight: Weight
) -> ContextTest:
    absent = _holds_when_absent(operator)

    def dynamic(context: ConditionContext) -> bool:
        context.spend(len(builders) * BUILD_WORK)
        tests = [test for test in (build(context) for build in builders) if test is not None]
        if not tests or (operator.negated and len(tests) < len(builders)):
            return False
        values = context.get(key)
        if not values:
            return absent
        context.spend(weight.of(values))
        return compare(values, _any_of(tests))

    return dynamic


def _any_of(tests: Sequence[Matcher]) -> Matcher:
    if len(tests) == 1:
        return tests[0]

    def any_of(value: str) -> bool:
        return any(test(value) for test in tests)

    return any_of


def _tokens_test(base: str, tokens: Sequence[Tokens]) -> Matcher:
    if base == "StringEquals":
        return frozenset("".join(map(str, each)) for each in tokens).__contains__
    return _any_of([_MAKERS[base](each) for each in tokens])


def _equals_ignoring_case(tokens: Tokens) -> Matcher:
    expected = "".join(map(str, tokens)).lower()

    def test(value: str) -> bool:
        return value.lower() == expected

    return test


def _boolean(tokens: Tokens) -> Matcher:
    return boolean(literal_of(tokens) or "")


def _arn_like(tokens: Tokens) -> Matcher:
    test = arn_test(tokens)

    def like(value: str) -> bool:
        return test(value, segments_of(value))

    return like


_MAKERS: dict[str, Callable[[Tokens], Matcher]] = {
    "StringEquals": matcher,
    "StringEqualsIgnoreCase": _equals_ignoring_case,
    "StringLike": matcher,
    "Bool": _boolean,
    "ArnLike": _arn_like,
}


def _builder(base: str, parts: Parts) -> Builder:
    if base == "ArnLike":
        return _arn_builder(parts)
    make = _MAKERS[base]

    def build(context: ConditionContext) -> Matcher | None:
        tokens = resolve(parts, context)
        if tokens is None:
            return None
        try:
            return make(tokens)
        except ValueError:  # the variable's value is not of the operator's type
            return None

    return build


def _arn_builder(parts: Parts) -> Builder:
    build_test = arn_builder(parts)

    def build(context: ConditionContext) -> Matcher | None:
        test = build_test(context)
        if test is None:
            return None
        return lambda value: test(value, segments_of(value))

    return build
