"""Names of secrets and the forms of a SecretId."""

import pytest

from strongroom.secretsmanager.errors import InvalidName
from strongroom.secretsmanager.rules.names import SecretReference, ensure_name, parse_secret_id, secret_arn

PREFIX = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"


def in_account(name: str, suffix: str | None = None) -> SecretReference:
    """Return what an ARN in the test's account names."""
    return SecretReference(name, "123456789012", "eu-west-1", suffix)


@pytest.mark.parametrize(
    ("secret_id", "expected"),
    [
        ("prod/db", SecretReference("prod/db")),
        ("N-a1b2c3", SecretReference("N-a1b2c3")),  # a bare name never has a suffix
        (PREFIX + "N-a1b2c3", in_account("N", "a1b2c3")),
        (PREFIX + "N-a1b2", in_account("N-a1b2")),
        (PREFIX + "N-a1b2c3-", in_account("N-a1b2c3-")),
        (PREFIX + "N-a1b2c3-Zz9Zz9", in_account("N-a1b2c3", "Zz9Zz9")),
        (PREFIX + "N-a1b2c_", in_account("N-a1b2c_")),
        (PREFIX + "-a1b2c3", in_account("-a1b2c3")),
    ],
)
def test_a_secret_id_is_read_as_name_or_complete_or_partial_arn(secret_id: str, expected: SecretReference) -> None:
    """A hyphen and six alphanumerics make an ARN complete; nothing else does."""
    assert parse_secret_id(secret_id) == expected


@pytest.mark.parametrize("secret_id", ["", "a b", "a:b", "arn:aws:s3:::bucket", PREFIX, PREFIX + "a b", "n\n", "é", "a" * 513])
def test_anything_else_is_an_invalid_name(secret_id: str) -> None:
    """AWS answers every malformed SecretId with one text."""
    with pytest.raises(InvalidName, match="Must be a valid name containing alphanumeric characters"):
        parse_secret_id(secret_id)


@pytest.mark.parametrize("name", ["a", "A/b_c+d=e.f@g-h!i", "a" * 512])
def test_names_of_the_documented_characters_are_accepted(name: str) -> None:
    """Every character that AWS lists may stand in a name."""
    ensure_name(name)


def test_an_unknown_suffix_is_written_as_policies_match_it() -> None:
    """A pattern with six question marks matches the ARN that absent secrets are authorised on."""
    assert secret_arn("eu-west-1", "123456789012", "N") == PREFIX + "N-??????"
