"""Names, references and paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.core.errors import AccessDenied, ApiError, ValidationFailed
from strongroom.ssm.errors import HierarchyLevelLimitExceeded
from strongroom.ssm.rules.names import (
    BAD_PATH,
    BAD_PATH_NAME,
    BAD_REFERENCE,
    BAD_ROOT_NAME,
    NOT_QUALIFIED,
    TOO_LONG,
    Reference,
    is_public,
    new_name,
    parent_of,
    parse_reference,
    path_of,
    plain_name,
)

PREFIX = "arn:aws:ssm:us-east-2:111122223333:parameter"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("x", "/x"),
        ("/x", "/x"),
        ("  x  ", "/x"),
        ("/a/b/c", "/a/b/c"),
        ("/A_b-c.d/9", "/A_b-c.d/9"),
        ("myaws", "/myaws"),
        ("/my/aws", "/my/aws"),
        ("/" + "/".join("a" * 15), "/" + "/".join("a" * 15)),
        ("/" + "n" * (1011 - 45), "/" + "n" * (1011 - 45)),
    ],
)
def test_a_good_name_is_normalised_to_a_leading_slash(text: str, name: str) -> None:
    """`x` and `/x` are one name, spaces around it are dropped, and the limits themselves are allowed."""
    assert new_name(text, PREFIX) == name


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("aws", ValidationFailed, BAD_ROOT_NAME),
        ("awsThing", ValidationFailed, BAD_ROOT_NAME),
        ("/AWS", ValidationFailed, BAD_ROOT_NAME),
        ("ssm", ValidationFailed, BAD_ROOT_NAME),
        ("/SsmThing", ValidationFailed, BAD_ROOT_NAME),
        ("/ssm/x", ValidationFailed, BAD_PATH_NAME),
        ("/awssec/lab01/vpc_id", AccessDenied, "No access to reserved parameter name: awssec/lab01/vpc_id."),
        ("/AWS/service/x", AccessDenied, "No access to reserved parameter name: AWS/service/x."),
        ("a/b", ValidationFailed, NOT_QUALIFIED),
        ("a b", ValidationFailed, BAD_ROOT_NAME),
        ("a:b", ValidationFailed, BAD_ROOT_NAME),
        ("é", ValidationFailed, BAD_ROOT_NAME),
        ("/a/b c", ValidationFailed, BAD_PATH_NAME),
        ("//a", ValidationFailed, BAD_PATH_NAME),
        ("/a//b", ValidationFailed, BAD_PATH_NAME),
        ("/a/", ValidationFailed, BAD_PATH_NAME),
        ("/", ValidationFailed, BAD_ROOT_NAME),
        ("   ", ValidationFailed, BAD_ROOT_NAME),
        (PREFIX + "/x", ValidationFailed, NOT_QUALIFIED),
        ("/" + "n" * (1012 - 45), ValidationFailed, TOO_LONG),
        ("/" + "/".join("a" * 16), HierarchyLevelLimitExceeded, None),
    ],
)
def test_a_bad_name_gets_the_answer_of_its_kind(text: str, error: type[ApiError], message: str | None) -> None:
    """Reserved, malformed, too long and too deep names are told apart."""
    with pytest.raises(error) as raised:
        new_name(text, PREFIX)
    assert message is None or raised.value.message == message


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("x", Reference("/x", "x")),
        ("/a/b:3", Reference("/a/b", "/a/b", "3")),
        ("x:Label_1.2-x", Reference("/x", "x", "Label_1.2-x")),
        (PREFIX + "/x", Reference("/x", "/x", None, "111122223333", "us-east-2")),
        (PREFIX + "/a/b:7", Reference("/a/b", "/a/b", "7", "111122223333", "us-east-2")),
        (
            "arn:aws:ssm:us-east-2::parameter/aws/service/list",
            Reference("/aws/service/list", "/aws/service/list", None, "", "us-east-2"),
        ),
        (
            "/aws/reference/secretsmanager/db+x@1:AWSPREVIOUS",
            Reference("/aws/reference/secretsmanager/db+x@1", "/aws/reference/secretsmanager/db+x@1", "AWSPREVIOUS"),
        ),
    ],
)
def test_a_reference_is_a_name_or_an_arn_with_or_without_a_selector(text: str, reference: Reference) -> None:
    """Each form gives its parts."""
    assert parse_reference(text) == reference


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a:1:2", BAD_REFERENCE),
        ("a:", BAD_REFERENCE),
        (":1", BAD_REFERENCE),
        ("arn:aws:s3:::bucket", BAD_REFERENCE),
        (PREFIX + "/x:1:2", BAD_REFERENCE),
        ("a b", BAD_ROOT_NAME),
        ("a/b", NOT_QUALIFIED),
        (
            "C:/Program Files/Git/x",
            (
                'Invalid label format /Program Files/Git/x. A label name can\'t be prefixed with numbers, "ssm", or "aws"'
                " (case-insensitive). You must use only letters, numbers, periods (.), hyphens (-), or underscores (_)."
            ),
        ),
    ],
)
def test_a_malformed_reference_is_refused(text: str, message: str) -> None:
    """More than one colon, an empty part, a bad label or a bad name is a ValidationException."""
    with pytest.raises(ValidationFailed) as raised:
        parse_reference(text)
    assert raised.value.message == message


@pytest.mark.parametrize(
    ("text", "path"),
    [("/", "/"), ("/a", "/a/"), ("/a/", "/a/"), ("/a/b-1./c_", "/a/b-1./c_/"), ("/aws/service/", "/aws/service/"), (" /a ", "/a/")],
)
def test_a_path_ends_with_one_slash(text: str, path: str) -> None:
    """Both spellings of a path are one."""
    assert path_of(text) == path


@pytest.mark.parametrize("text", ["a", "a/b", "//", "/a//b", "/a//", "/aws", "/AWS/x", "/ssm/x", "/awsome", "/a b", "/aws/reference/x", ""])
def test_a_bad_path_is_refused_in_awss_words(text: str) -> None:
    """The text tells the whole rule."""
    with pytest.raises(ValidationFailed) as raised:
        path_of(text)
    assert raised.value.message == BAD_PATH


def test_only_the_service_namespace_is_public() -> None:
    """`/aws/service` is, its neighbours are not."""
    assert is_public("/aws/service")
    assert is_public("/aws/service/x")
    assert not is_public("/aws/services/x")
    assert not is_public("/a")


def test_the_parent_is_the_path_above() -> None:
    """A root-level parameter's parent is the root."""
    assert parent_of("/x") == "/"
    assert parent_of("/a/b/c") == "/a/b/"


@given(st.text(max_size=80))
def test_no_text_breaks_the_parsers(text: str) -> None:
    """Hostile names are refused with an ApiError or parsed, and what is parsed is a fixed point."""
    for parse in (plain_name, path_of, lambda given: parse_reference(given).name):
        try:
            name = parse(text)
        except ApiError:
            continue
        assert name.startswith("/")
        if parse is plain_name:
            assert plain_name(name) == name
