"""Java's regular expressions mean the same here."""

import re

import pytest
from tests.unit.edge.fakes import models

from strongroom.edge.patterns import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"[\w+=,.@-]+", "a_Z9+=,.@-", True),
        (r"[\w+=,.@-]+", "é", False),
        (r"[\w+=,.@-]+", "a\n", False),
        (r"^[a-z]+$", "a\n", False),
        (r"[\d]*", "", True),
        (r"[\d]*", "\u0663", False),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "Straße 7\u00a0\u4e00 \u0663_.:/=+-@", True),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "a&b", False),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "\u0301", False),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "\U000f0001", False),
        (r"^([\p{L}\p{Z}\p{N}\p{P}\p{M}]*)$", "e\u0301!?\u00bf", True),
        (r"^([\p{L}\p{Z}\p{N}\p{P}\p{M}]*)$", "+", False),
        (r"^[\w-\/.@+=,]{1,17}$", "a-/", True),
        (r"^[a-zA-Z0-9-_.]+$", "a-_.", True),
        (r".*", "a\u2028", False),
        (r"(?s).*", "a\nb\u2028", True),
        (r"(?i)all|[0-9]{12}", "ALL", True),
        (r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", "/a/b/", True),
        (r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", "/a", False),
        (r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+", "a\U0001f600", True),
        (r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+", "\u0001", False),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "a\t\U0010ffff", True),
    ],
)
def test_a_pattern_matches_as_in_java(pattern: str, text: str, matches: bool) -> None:  # noqa: FBT001
    """ASCII classes, Unicode categories, line ends, whole values."""
    assert compile_pattern(pattern)(text) is matches


def test_every_pattern_of_the_six_models_compiles() -> None:
    """Including those of operations that are not offered."""
    patterns = {shape["pattern"] for service in models().services.values() for shape in service.shapes.values() if "pattern" in shape}
    assert len(patterns) > 100
    for pattern in patterns:
        assert compile_pattern(pattern)("\u0000\U000f0001 never") in {True, False}


def test_patterns_with_categories_name_no_other_character_outside_ascii() -> None:
    """Folding such a character to its category would change what the pattern means."""
    for service in models().services.values():
        for shape in service.shapes.values():
            pattern = shape.get("pattern", "")
            if r"\p{" in pattern:
                assert pattern.isascii()
                assert not re.search(r"\\u|\\x", pattern)
