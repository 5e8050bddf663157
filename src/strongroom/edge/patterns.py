r"""Regular expressions of the service models. They are Java's; here they are translated to Python's, once each.

Differences that matter: Java's \w, \d and \s are ASCII, its dot stops at more line ends, \p{...} names Unicode
categories, and AWS matches the whole value. Python's re knows no categories, so each character outside ASCII is first
folded to a stand-in for its category; these patterns name no such character themselves.

Source: java.util.regex.Pattern.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

Matcher = Callable[[str], bool]

_ASCII = [chr(code) for code in range(128)]
_STAND_INS = {"L": "\U000f0001", "M": "\U000f0002", "N": "\U000f0003", "P": "\U000f0004", "Z": "\U000f0005"}
_NO_CATEGORY_NAMED = "\U000f0000"
_ANY = "[^\\n\\r\\x85\\u2028\\u2029]"
_SUPPLEMENTARY = r"\U00010000-\U0010ffff"
# How the models write the characters beyond U+FFFF.
_SPELLINGS = (r"\u10000-\u10FFFF", r"\uD800\uDC00-\uDBFF\uDFFF")
_PART = re.compile(r"\\p\{([A-Z])\}|\\[uU][0-9A-Fa-f]+|\\.|.", re.DOTALL)
_CLASS_ESCAPES = frozenset(("\\w", "\\d", "\\s"))


def _category(letter: str) -> str:
    r"""Return what \p{letter} stands for, ready to be put between brackets."""
    return "".join(re.escape(char) for char in _ASCII if unicodedata.category(char)[0] == letter) + _STAND_INS[letter]


def _fold(text: str) -> str:
    return "".join(char if char < "\x80" else _STAND_INS.get(unicodedata.category(char)[0], _NO_CATEGORY_NAMED) for char in text)


def _translate(pattern: str) -> str:
    dot_matches_all = pattern.startswith("(?s)")
    out: list[str] = []
    inside = after_class = False
    for match in _PART.finditer(pattern):
        part = match[0]
        is_class = part in _CLASS_ESCAPES or match[1] is not None
        if match[1] is not None:
            part = _category(match[1])
        elif part == "." and not inside and not dot_matches_all:
            part = _ANY
        elif part == "-" and after_class:
            part = "\\-"
        elif part in "[]":
            inside = part == "["
        out.append(part)
        after_class = is_class and inside
    return "".join(out)


@cache
def compile_pattern(pattern: str) -> Matcher:
    """Return a function that says whether a text as a whole matches a Java pattern. Raises re.error for one outside this dialect."""
    for spelling in _SPELLINGS:
        pattern = pattern.replace(spelling, _SUPPLEMENTARY)
    matches = re.compile(_translate(pattern), re.ASCII).fullmatch
    if "\\p{" not in pattern:
        return lambda text: matches(text) is not None
    return lambda text: matches(text if text.isascii() else _fold(text)) is not None
