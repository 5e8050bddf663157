"""Filters: word prefixes, negation, AND and OR."""

import pytest

from strongroom.secretsmanager.rules.search import Searchable, matches, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SecretOne", ["secret", "one"]),
        ("Thirdsecret", ["thirdsecret"]),
        ("COMPANY", ["company"]),
        ("my/prod_db-password.v2@home", ["my", "prod", "db", "password", "v2", "home"]),
        ("HTTPServer", ["http", "server"]),
        ("", []),
        ("--", []),
    ],
)
def test_words_break_at_punctuation_and_humps(text: str, expected: list[str]) -> None:
    """As AWS splits names and descriptions."""
    assert words(text) == expected


SECRET = Searchable("prod/SecretOne", "DescTwo for the COMPANY", {"Owner": "alice", "env": "prod"}, "eu-west-1")


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("all", "sec", True),
        ("all", "ret", False),
        ("all", "alice", True),
        ("all", "ALICE", True),
        ("all", "eu", True),
        ("description", "d t", True),
        ("description", "t d", True),
        ("description", "desc x", False),
        ("description", "company", True),
        ("description", "p", False),
        ("name", "prod/S", True),
        ("name", "Prod", False),
        ("name", "Secret", False),
        ("name", "!prod", False),
        ("name", "!test", True),
        ("tag-key", "Own", True),
        ("tag-key", "own", False),
        ("tag-value", "ali", True),
        ("tag-value", "owner", False),
        ("primary-region", "eu-", True),
        ("primary-region", "us-", False),
        ("owning-service", "rds", False),
    ],
)
def test_each_filter_looks_where_aws_looks(key: str, value: str, *, found: bool) -> None:
    """Names and tags match by case-sensitive prefix, descriptions by the beginnings of words."""
    assert matches([{"Key": key, "Values": [value]}], SECRET) is found


def test_filters_join_with_and_and_their_values_with_or() -> None:
    """Also where two filters have the same key."""
    assert matches([{"Key": "name", "Values": ["nothing", "prod"]}], SECRET)
    assert not matches([{"Key": "name", "Values": ["prod"]}, {"Key": "name", "Values": ["nothing"]}], SECRET)
    assert matches([{"Key": "name", "Values": ["prod"]}, {"Key": "tag-key", "Values": ["env"]}], SECRET)


def test_a_secret_that_is_not_replicated_has_no_primary_region() -> None:
    """So a negated filter finds it and a plain one does not."""
    plain = Searchable("n")
    assert not matches([{"Key": "primary-region", "Values": ["eu"]}], plain)
    assert matches([{"Key": "primary-region", "Values": ["!eu"]}], plain)
