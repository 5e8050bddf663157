"""Matching ARNs segment by segment.

An ARN has six segments; a wildcard never crosses from one into the next, except that the last segment holds
all the rest, colons and slashes too. A pattern with fewer segments is completed with `*`, as AWS does. What
a variable stands for never adds a segment to a pattern that starts with `arn:`.

Source: IAM User Guide, "IAM JSON policy elements: Resource" and "ARN condition operators".
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from strongroom.policy.decision import ConditionContext
from strongroom.policy.variables import Part, Parts, Variable, resolve, static_tokens
from strongroom.policy.wildcard import Token, Tokens, Wild, literal_of, matcher

SEGMENTS = 6
ArnTest = Callable[[str, Sequence[str]], bool]
ArnBuilder = Callable[[ConditionContext], ArnTest | None]
_ANYTHING: Tokens = (Wild.STAR,)
_P = TypeVar("_P", bound=Part)


def segments_of(text: str) -> list[str]:
    """Return the six segments of an ARN; fewer for a text that is none."""
    return text.split(":", SEGMENTS - 1)


def _split(parts: Sequence[_P | str]) -> list[tuple[_P | str, ...]]:
    """Cut parts at the first five colons that stand in literal text."""
    segments: list[list[_P | str]] = [[]]
    for part in parts:
        if not isinstance(part, str):
            segments[-1].append(part)
            continue
        head, *rest = part.split(":", SEGMENTS - len(segments))
        segments[-1].extend([head] if head else [])
        segments.extend([piece] if piece else [] for piece in rest)
    return [tuple(segment) for segment in segments]


def _never(_text: str, _segments: Sequence[str]) -> bool:
    return False


def anything(_text: str, _segments: Sequence[str]) -> bool:
    """Match every resource, also the lone `*` of an action without one."""
    return True


def arn_test(tokens: Tokens) -> ArnTest:
    """Return the test whether an ARN (given whole and in segments) matches the pattern."""
    if tokens == _ANYTHING:
        return anything
    return _segment_test(_split(tokens))


def _segment_test(segments: list[tuple[Token, ...]]) -> ArnTest:
    if segments[0] != ("arn",):
        return _never
    complete = [*segments, *[_ANYTHING] * (SEGMENTS - len(segments))]
    head = [literal_of(segment) for segment in complete[:-1]]
    literal_head = [segment for segment in head if segment is not None]
    if len(literal_head) == len(head) and not any(":" in segment for segment in literal_head):
        return _whole_text_test((":".join(literal_head) + ":", *complete[-1]))
    return _each_segment_test(complete)


def _whole_text_test(tokens: Tokens) -> ArnTest:
    # Five literal segments hold every colon that counts, so the text can be compared in one go.
    test = matcher(tokens)

    def whole(text: str, _segments: Sequence[str]) -> bool:
        return test(text)

    return whole


def _each_segment_test(segments: Sequence[Tokens]) -> ArnTest:
    tests = [(index, matcher(segment)) for index, segment in enumerate(segments) if segment != _ANYTHING]

    def each(_text: str, actual: Sequence[str]) -> bool:
        return len(actual) == SEGMENTS and all(test(actual[index]) for index, test in tests)

    return each


def arn_builder(parts: Parts) -> ArnBuilder:
    """Return what makes the test of a pattern with variables for one request: None if one can't be resolved."""
    segments = _split(parts)
    if segments[0] == ("arn",):
        return _segments_builder(segments)

    def whole(context: ConditionContext) -> ArnTest | None:
        tokens = resolve(parts, context)
        return None if tokens is None else arn_test(tokens)

    return whole


def _segments_builder(segments: list[tuple[str | Wild | Variable, ...]]) -> ArnBuilder:
    def each(context: ConditionContext) -> ArnTest | None:
        resolved: list[Tokens] = []
        for segment in segments:
            tokens = resolve(segment, context)
            if tokens is None:
                return None
            resolved.append(tokens)
        return _segment_test(resolved)

    return each


def exact_arn(parts: Parts) -> str | None:
    """Return the one ARN that the pattern matches, or None if it has wildcards, variables or missing segments."""
    tokens = static_tokens(parts)
    literal = None if tokens is None else literal_of(tokens)
    return literal if literal is not None and len(segments_of(literal)) == SEGMENTS else None
