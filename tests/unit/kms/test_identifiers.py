"""Key identifiers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kms.keys_of_tests import ACCOUNT, ARN, KEY_ID, REGION

from strongroom.kms.errors import InvalidKeyId, WrongRegion
from strongroom.kms.rules.identifiers import KeyName, alias_in, key_arn, parse_key_name

MRK = "mrk-" + "0123456789abcdef" * 2
ALIAS_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/team/key"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (KEY_ID, KeyName(None, KEY_ID, None)),
        (MRK, KeyName(None, MRK, None)),
        (ARN, KeyName(ACCOUNT, KEY_ID, None)),
        ("alias/x", KeyName(None, None, "alias/x")),
        (ALIAS_ARN, KeyName(ACCOUNT, None, "alias/team/key")),
    ],
)
def test_each_form_of_identifier_is_read(text: str, name: KeyName) -> None:
    """Ids and ARNs everywhere; aliases where they are taken."""
    assert parse_key_name(text, REGION, aliases=True) == name
    if name.alias_name is None:
        assert parse_key_name(text, REGION, aliases=False) == name
        return
    with pytest.raises(InvalidKeyId) as caught:
        parse_key_name(text, REGION, aliases=False)
    assert caught.value.message == f"Invalid keyId '{text}'"


@pytest.mark.parametrize(
    "text",
    [
        "fake-key-id",
        KEY_ID.replace("-", ""),
        KEY_ID.upper(),
        "mrk-123",
        "arn:aws:kms:eu-west-1:111122223333",
        "arn:aws:iam::111122223333:role/x",
        "arn:aws-cn:kms:eu-west-1:111122223333:key/" + KEY_ID,
        f"arn:aws:kms:{REGION}:{ACCOUNT}:key/fake",
        f"arn:aws:kms:{REGION}:11112222333:key/{KEY_ID}",
        f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/",
        KEY_ID + "\n",
    ],
)
def test_anything_else_is_no_key_id(text: str) -> None:
    """The text repeats what was sent."""
    with pytest.raises(InvalidKeyId) as caught:
        parse_key_name(text, REGION, aliases=True)
    assert caught.value.message == f"Invalid keyId '{text}'"


def test_an_arn_of_another_region_names_that_region() -> None:
    """KMS never forwards."""
    with pytest.raises(WrongRegion) as caught:
        parse_key_name(key_arn("us-east-1", ACCOUNT, KEY_ID), REGION, aliases=False)
    assert caught.value.message == "Invalid arn us-east-1"


@given(st.text())
def test_hostile_text_gives_a_name_or_not_found(text: str) -> None:
    """Never anything else."""
    try:
        parse_key_name(text, REGION, aliases=True)
    except (InvalidKeyId, WrongRegion):
        return
    assert text.startswith(("alias/", "arn:")) or text == KEY_ID


def test_the_request_alias_is_a_name_in_either_form() -> None:
    """kms:RequestAlias compares alias names."""
    assert alias_in("alias/x") == "alias/x"
    assert alias_in(ALIAS_ARN) == "alias/team/key"
    assert alias_in(ARN) is None
    assert alias_in(KEY_ID) is None
