"""Alias names and tags."""

import pytest
from msgspec.structs import replace
from tests.unit.kms.keys_of_tests import SYMMETRIC, of_spec

from strongroom.core.errors import ApiError, ValidationFailed
from strongroom.kms.records import KeyUsage
from strongroom.kms.rules.aliases import ensure_alias_name, ensure_key_target, ensure_room_for_alias, ensure_same_kind
from strongroom.kms.rules.limits import ALIASES_PER_KEY, TAGS_PER_KEY, deletion_days, page_limit
from strongroom.kms.rules.tags import tag_list, with_tags, without_tags

PREFIX = 'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html'


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("x", "ValidationException", PREFIX),
        ("alias/aws/ssm", "NotAuthorizedException", None),
        ("alias/a:b", "ValidationException", "alias/a:b contains invalid characters for an alias"),
        ("alias/", "InvalidAliasNameException", "Alias must not be empty"),
    ],
)
def test_bad_alias_names_are_told_apart(name: str, code: str, message: str | None) -> None:
    """Prefix, reserved names, colons, emptiness."""
    with pytest.raises(ApiError) as caught:
        ensure_alias_name(name)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_good_alias_names_pass() -> None:
    """Slashes and dashes are fine."""
    ensure_alias_name("alias/team/app-1_x")


@pytest.mark.parametrize("text", ["alias/x", "arn:aws:kms:eu-west-1:111122223333:alias/x"])
def test_an_alias_can_not_point_to_an_alias(text: str) -> None:
    """In either form."""
    with pytest.raises(ValidationFailed, match=r"^Aliases must refer to keys\. Not aliases$"):
        ensure_key_target(text)


def test_a_key_has_at_most_fifty_aliases() -> None:
    """The fifty-first is refused."""
    names = tuple(f"alias/{n}" for n in range(ALIASES_PER_KEY))
    ensure_room_for_alias(replace(SYMMETRIC, aliases=names[1:]))
    with pytest.raises(ApiError) as caught:
        ensure_room_for_alias(replace(SYMMETRIC, aliases=names))
    assert caught.value.code == "LimitExceededException"


def test_an_alias_moves_only_between_keys_of_one_kind() -> None:
    """Same usage and same family."""
    signing = of_spec("RSA_2048", KeyUsage.SIGN_VERIFY)
    ensure_same_kind(signing, of_spec("ECC_NIST_P256", KeyUsage.SIGN_VERIFY))
    for other in (SYMMETRIC, of_spec("RSA_2048", KeyUsage.ENCRYPT_DECRYPT), of_spec("HMAC_256", KeyUsage.GENERATE_VERIFY_MAC)):
        with pytest.raises(ValidationFailed):
            ensure_same_kind(signing, other)
    with pytest.raises(ValidationFailed):
        ensure_same_kind(SYMMETRIC, of_spec("RSA_2048", KeyUsage.ENCRYPT_DECRYPT))


def _tags(*keys: str) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": "v"} for key in keys]


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        (_tags("a", "a"), "Duplicate tag keys"),
        (_tags(*map(str, range(TAGS_PER_KEY + 1))), "Too many tags"),
        (_tags("AwS:x"), "Tags beginning with aws: are reserved"),
    ],
)
def test_bad_tags_are_refused_in_aws_s_words(tags: list[dict[str, str]], message: str) -> None:
    """TagException and its three texts."""
    with pytest.raises(ApiError) as caught:
        with_tags({}, tags)
    assert (caught.value.code, caught.value.message) == ("TagException", message)


def test_tags_overwrite_and_go() -> None:
    """TagResource replaces values; UntagResource passes over what is not there."""
    tags = with_tags({"a": "old", "b": "x"}, _tags("a"))
    assert tags == {"a": "v", "b": "x"}
    assert without_tags(tags, ["a", "zzz"]) == {"b": "x"}
    assert tag_list(tags) == [{"TagKey": "a", "TagValue": "v"}, {"TagKey": "b", "TagValue": "x"}]


@pytest.mark.parametrize(("days", "bound"), [(6, "greater than or equal to 7"), (31, "less than or equal to 30")])
def test_the_waiting_period_is_7_to_30_days(days: int, bound: str) -> None:
    """The model would allow 1 to 365."""
    with pytest.raises(ValidationFailed) as caught:
        deletion_days({"PendingWindowInDays": days})
    assert caught.value.message == (
        f"1 validation error detected: Value '{days}' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value {bound}"
    )
    assert deletion_days({}) == 30
    assert deletion_days({"PendingWindowInDays": 7}) == 7


def test_pages_have_a_limit_of_their_own() -> None:
    """The model allows 1000 everywhere."""
    assert page_limit({"Limit": 100}, 100, 50) == 100
    assert page_limit({}, 100, 50) == 50
    with pytest.raises(ValidationFailed):
        page_limit({"Limit": 101}, 100, 50)
