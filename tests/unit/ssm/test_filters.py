"""Filters: the matrix of keys and options, and what they match."""

from typing import Any

import pytest
from tests.unit.ssm.samples import content, parameter

from strongroom.core.errors import ApiError, ValidationFailed
from strongroom.ssm.errors import InvalidFilterKey, InvalidFilterOption, InvalidFilterValue
from strongroom.ssm.rules.filters import by_path_filters, describe_filters, matches, plain_filters
from strongroom.ssm.rules.names import BAD_PATH

DESCRIBE = {
    "Name": {"Equals", "BeginsWith", "Contains"},
    "Type": {"Equals", "BeginsWith"},
    "KeyId": {"Equals", "BeginsWith"},
    "Path": {"OneLevel", "Recursive"},
    "Tier": {"Equals"},
    "DataType": {"Equals"},
    "Label": set(),
    "tag:k": {"Equals"},
}
BY_PATH = {
    "Name": set(),
    "Type": {"Equals", "BeginsWith"},
    "KeyId": {"Equals", "BeginsWith"},
    "Path": set(),
    "Tier": set(),
    "DataType": set(),
    "Label": {"Equals"},
    "tag:k": set(),
}
OPTIONS = ("Equals", "BeginsWith", "Contains", "OneLevel", "Recursive")
VALUES = {"Type": "String", "Tier": "Standard", "Path": "/a"}


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("key", DESCRIBE)
@pytest.mark.parametrize(("matrix", "check"), [(DESCRIBE, describe_filters), (BY_PATH, by_path_filters)])
def test_the_matrix_of_keys_and_options_holds(key: str, option: str, matrix: dict[str, set[str]], check: Any) -> None:
    """Each cell is allowed, a bad option, or a bad key."""
    asked = [{"Key": key, "Option": option, "Values": [VALUES.get(key, "v")]}]
    if not matrix[key]:
        with pytest.raises(InvalidFilterKey):
            check(asked)
    elif option not in matrix[key]:
        with pytest.raises(InvalidFilterOption):
            check(asked)
    else:
        assert check(asked)[0].option == option


@pytest.mark.parametrize(
    ("check", "asked", "error", "message"),
    [
        (
            describe_filters,
            [{"Key": "Label", "Values": ["x"]}],
            InvalidFilterKey,
            "The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, KeyId, Tier].",
        ),
        (
            by_path_filters,
            [{"Key": "Name", "Values": ["x"]}],
            InvalidFilterKey,
            "The following filter key is not valid: Name. Valid filter keys include: [Type, KeyId].",
        ),
        (
            describe_filters,
            [{"Key": "Name", "Values": ["x"]}] * 2,
            InvalidFilterKey,
            "The following filter is duplicated in the request: Name. A request can contain only one occurrence of a specific filter.",
        ),
        (
            describe_filters,
            [{"Key": "Type", "Option": "x", "Values": ["String"]}],
            InvalidFilterOption,
            "The following filter option is not valid: x. Valid options include: [BeginsWith, Equals].",
        ),
        (
            describe_filters,
            [{"Key": "Path", "Option": "Equals", "Values": ["/a"]}],
            InvalidFilterOption,
            "The following filter option is not valid: Equals. Valid options include: [Recursive, OneLevel].",
        ),
        (
            describe_filters,
            [{"Key": "Type", "Values": ["x"]}],
            InvalidFilterOption,
            "The following filter value is not valid: x. Valid values include: [String, StringList, SecureString].",
        ),
        (
            describe_filters,
            [{"Key": "Tier", "Values": ["x"]}],
            InvalidFilterOption,
            "The following filter value is not valid: x. Valid values include: [Standard, Advanced, Intelligent-Tiering].",
        ),
        (
            describe_filters,
            [{"Key": "Name"}],
            InvalidFilterValue,
            "The following filter values are missing : null for filter key Name.",
        ),
        (
            describe_filters,
            [{"Key": "Path", "Values": ["/aws/x"]}],
            ValidationFailed,
            (
                'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive). When using global parameters,'
                " please specify within a global namespace."
            ),
        ),
        (describe_filters, [{"Key": "Path", "Values": ["x"]}], ValidationFailed, BAD_PATH),
        (describe_filters, [{"Key": "Path", "Values": ["/a//b"]}], ValidationFailed, BAD_PATH),
        (
            describe_filters,
            [{"Key": "x", "Values": ["x"]}],
            ValidationFailed,
            (
                '1 validation error detected: Value "x" at "parameterFilters.1.member.key" failed to satisfy constraint: Member must'
                " satisfy regular expression pattern: tag:.+|Name|Type|KeyId|Path|Label|Tier"
            ),
        ),
        (
            describe_filters,
            [{"Key": "Name", "Values": ["x"]}, {"Key": "tag:", "Values": ["x"]}],
            ValidationFailed,
            (
                '1 validation error detected: Value "tag:" at "parameterFilters.2.member.key" failed to satisfy constraint: Member must'
                " satisfy regular expression pattern: tag:.+|Name|Type|KeyId|Path|Label|Tier"
            ),
        ),
    ],
)
def test_a_bad_filter_gets_awss_words(check: Any, asked: list[dict[str, Any]], error: type[ApiError], message: str) -> None:
    """Code and text are those of the table."""
    with pytest.raises(error) as raised:
        check(asked)
    assert raised.value.message == message


RECORD = parameter("/a/b/c", content(key_id="alias/k", type="SecureString", tier="Advanced"), tags={"env": "prod"})


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"Key": "Name", "Values": ["/a/b/c"]}, True),
        ({"Key": "Name", "Values": ["x", "/a/b/c"]}, True),
        ({"Key": "Name", "Values": ["/a/b"]}, False),
        ({"Key": "Name", "Option": "BeginsWith", "Values": ["/a/b"]}, True),
        ({"Key": "Name", "Option": "Contains", "Values": ["b/c"]}, True),
        ({"Key": "Name", "Option": "Contains", "Values": ["z"]}, False),
        ({"Key": "Path", "Values": ["/a/b"]}, True),
        ({"Key": "Path", "Values": ["/a"]}, False),
        ({"Key": "Path", "Option": "Recursive", "Values": ["/a"]}, True),
        ({"Key": "Path", "Option": "Recursive", "Values": ["/"]}, True),
        ({"Key": "Path", "Option": "Recursive", "Values": ["/a/b/c"]}, False),
        ({"Key": "Type", "Values": ["SecureString"]}, True),
        ({"Key": "Type", "Option": "BeginsWith", "Values": ["String"]}, False),
        ({"Key": "KeyId", "Values": ["alias/k"]}, True),
        ({"Key": "KeyId", "Option": "BeginsWith", "Values": ["alias/"]}, True),
        ({"Key": "KeyId", "Values": ["k"]}, False),
        ({"Key": "Tier", "Values": ["Advanced"]}, True),
        ({"Key": "Tier", "Values": ["Standard"]}, False),
        ({"Key": "DataType", "Values": ["text"]}, True),
        ({"Key": "tag:env"}, True),
        ({"Key": "tag:env", "Values": ["prod"]}, True),
        ({"Key": "tag:env", "Values": ["dev"]}, False),
        ({"Key": "tag:none"}, False),
    ],
)
def test_a_filter_matches_what_it_says(asked: dict[str, Any], expected: bool) -> None:  # noqa: FBT001 - the table's column
    """Values are alternatives; Path is the path above, OneLevel by default."""
    assert matches(describe_filters([asked]), RECORD) is expected  # type: ignore[list-item]


def test_filters_must_all_match() -> None:
    """Several filters are joined by AND; different tags may repeat."""
    both = [{"Key": "tag:env", "Values": ["prod"]}, {"Key": "tag:none"}]
    assert not matches(describe_filters(both), RECORD)  # type: ignore[arg-type]


def test_a_string_has_no_key_to_match() -> None:
    """KeyId belongs to SecureString."""
    assert not matches(describe_filters([{"Key": "KeyId", "Option": "BeginsWith", "Values": ["a"]}]), parameter("x"))


def test_the_deprecated_filters_match_the_beginning_of_a_name() -> None:
    """Type and KeyId are compared whole, and a root-level name matches with and without its slash."""
    assert matches(plain_filters([{"Key": "Name", "Values": ["/a"]}]), RECORD)
    assert matches(plain_filters([{"Key": "Name", "Values": ["x"]}]), parameter("/xy"))
    assert not matches(plain_filters([{"Key": "Type", "Values": ["String"]}]), RECORD)
