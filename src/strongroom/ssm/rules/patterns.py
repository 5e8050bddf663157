"""AllowedPattern: a regular expression that the whole value must match, with bounds on what a hostile one can cost.

AWS matches as java.util.regex's `matches` does. The `regex` library comes closest to that dialect (possessive
quantifiers, atomic groups, nested character classes) and can stop after a given time. Its compiler copies the body of
a counted repeat, so what the copies add up to is bounded before it sees the pattern; and what Java does not know
(recursion, fuzzy matching, comments in groups) is refused, because the bound does not reckon with it.

Source: PutParameter API Reference, `AllowedPattern`; java.util.regex.Pattern.
"""

import regex

from strongroom.ssm.errors import InvalidAllowedPattern, ParameterPatternMismatch

SECONDS_TO_MATCH = 0.25
EXPANDED_SIZE = 100_000  # atoms after repeats are written out: about 40 ms and 30 MB in the compiler

NOT_A_PATTERN = "The allowedPattern {} is not a valid regular expression."
TOO_COSTLY = "The allowedPattern {} takes too long to match."

_TOKEN = regex.compile(
    r"""
    (?P<count>\{(?P<least>[0-9]{1,9})(?:,(?P<most>[0-9]{0,9}))?\})
    | (?P<flags>\(\?-?[ims]+(?:-[ims]+)?\))
    | (?P<open>\((?!\?)|\(\?(?:[:=!>]|<[=!]|<[A-Za-z][A-Za-z0-9]*>|-?[ims]+(?:-[ims]+)?:))
    | (?P<close>\))
    | (?P<atom>\[\^?(?!\])(?:[^\]\\]|\\.)*+\]  # a class up to its first end: what nests further counts as atoms, so never too low
        | \\[pP]\{[^}]*\} | \\. | [^\\\[{()])
    """,
    regex.VERBOSE | regex.DOTALL,
)


class _Malformed(ValueError):
    """The pattern is not in the dialect."""


def _expanded_size(pattern: str) -> int:
    """Return how many atoms `pattern` has once its counted repeats are written out. Raises _Malformed."""
    sizes = [0]  # of the groups that are open, outermost first
    atom = at = 0  # `atom`: the size of what a quantifier here would repeat
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None or (token["close"] and len(sizes) == 1):
            raise _Malformed
        at = token.end()
        if token["open"]:
            sizes.append(0)
        elif token["count"]:
            repeated = atom * max(int(token["most"] or token["least"]), 1)
            sizes[-1] += repeated - atom
            atom = repeated
        elif not token["flags"]:
            atom = sizes.pop() + 1 if token["close"] else 1
            sizes[-1] += atom
    if len(sizes) != 1:
        raise _Malformed
    return sizes[0]


def _flags(pattern: str) -> int:
    r"""Return the flags for `pattern`: \d, \w and \s are ASCII as in Java, but under that flag \p{L} would be too."""
    return regex.V1 if "\\p" in pattern or "\\P" in pattern else regex.V1 | regex.ASCII


def compiled(pattern: str) -> "regex.Pattern[str]":
    """Return the compiled pattern. Raises InvalidAllowedPattern for none, or for one that is too large."""
    try:
        size = _expanded_size(pattern)
        if size <= EXPANDED_SIZE:
            return regex.compile(pattern, _flags(pattern), cache_pattern=False)
    except (_Malformed, regex.error, RecursionError, OverflowError) as error:
        raise InvalidAllowedPattern(NOT_A_PATTERN.format(pattern)) from error
    raise InvalidAllowedPattern(TOO_COSTLY.format(pattern))


def check_pattern(pattern: str, value: str) -> None:
    """Return if the whole of `value` matches `pattern`.

    Raises ParameterPatternMismatch, or InvalidAllowedPattern where the pattern is malformed or the time was not enough.
    """
    try:
        matched = compiled(pattern).fullmatch(value, timeout=SECONDS_TO_MATCH, concurrent=True)
    except TimeoutError as error:
        raise InvalidAllowedPattern(TOO_COSTLY.format(pattern)) from error
    if matched is None:
        raise ParameterPatternMismatch(pattern)
