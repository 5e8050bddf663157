"""Data types: which values each accepts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.core.errors import ValidationFailed
from strongroom.ssm.rules.data_types import DATA_TYPES, INTEGRATION_PREFIX, check_data_type

GOOD = {
    "text": ["", "anything {} \u2603"],
    "aws:ec2:image": ["ami-12345678", "ami-0123456789abcdef0"],
    "aws:region": ["eu-west-1", "us-gov-west-1", "ap-southeast-12"],
    "aws:account:id": ["123456789012"],
    "boolean": ["true", "false", "True"],
    "integer": ["0", "443", "-7", "+12", "9" * 4000],
    "float": ["1", "1.5", "-.5", "1e9", "3.", "2.5E-3"],
    "binary": ["aGVsbG8=", "AAAA"],
    "hostname": ["localhost", "db.example.com", "a-b.c", "example.com."],
    "email": ["a@example.com", "first.last+tag@sub.example.org"],
    "ipv4-address": ["10.0.0.1", "255.255.255.255"],
    "ipv6-address": ["::1", "2001:db8::ff00:42:8329"],
    "url": ["https://example.com/path?q=1", "postgres://user:pw@db:5432/x"],
    "json": ['{"a": [1, 2.5, null]}', '"text"', "17"],
    "jsonc": ['{"a": 1}', '// note\n{"a": "//not", /* c */ "b": [1, 2,],}'],
}
BAD = {
    "aws:ec2:image": ["ami-1234", "ami-XYZ45678", "i-12345678", "ami-12345678\n"],
    "aws:region": ["Europe", "eu-west", "EU-WEST-1"],
    "aws:account:id": ["12345678901", "1234567890123", "12345678901a", "\uff11" * 12],
    "boolean": ["yes", "1", " true"],
    "integer": ["", "1.5", "0x10", "1 000", "\u0663"],
    "float": ["", "nan", "inf", "1e999", "1,5", "."],
    "binary": ["a", "###=", "aGVsbG8"],
    "hostname": ["", "-a.com", "a_b.com", "a..b", "a" * 64, ".".join(["a" * 60] * 5)],
    "email": ["a", "@example.com", "a@", "a b@example.com", "a@@example.com", "a" * 65 + "@example.com"],
    "ipv4-address": ["10.0.0", "256.0.0.1", "::1", "10.0.0.1/8"],
    "ipv6-address": ["10.0.0.1", "fe80::1::2", "2001:db8::/32"],
    "url": ["example.com", "http://", "http://a b/", "http://a:port/", "//example.com", "http://a\n"],
    "json": ["", "{", "{'a': 1}", "NaN", '{"a": 1,}', "// x\n1", "[" * 5000],
    "jsonc": ["", "{", "/* open", '{"a": 1,,}', "[" * 5000],
}


@pytest.mark.parametrize(("data_type", "value"), [(name, value) for name, values in GOOD.items() for value in values])
def test_a_value_of_its_data_type_is_accepted(data_type: str, value: str) -> None:
    """Nothing is raised."""
    check_data_type(data_type, "String", "/x", value)


@pytest.mark.parametrize(("data_type", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_value_of_another_kind_is_refused_without_being_repeated(data_type: str, value: str) -> None:
    """The value may be a secret, so the text names the data type only."""
    with pytest.raises(ValidationFailed) as raised:
        check_data_type(data_type, "String", "/x", value)
    assert raised.value.message == f"The parameter value is not valid for the data type {data_type}."


def test_every_data_type_of_the_api_is_known() -> None:
    """The list is that of the PutParameter API Reference."""
    assert set(DATA_TYPES) == {*GOOD, "aws:ssm:integration"}


@pytest.mark.parametrize("data_type", ["x", "Text", "JSON"])
def test_an_unknown_data_type_is_refused(data_type: str) -> None:
    """Names are all lower case."""
    with pytest.raises(ValidationFailed) as raised:
        check_data_type(data_type, "String", "/x", "1")
    assert raised.value.message == f"The following data type is not supported: {data_type} (Data type names are all lowercase.)"


def test_images_are_strings_and_integrations_are_secure_strings_in_their_place() -> None:
    """The two AWS data types constrain the parameter's type and name."""
    check_data_type("aws:ssm:integration", "SecureString", INTEGRATION_PREFIX + "hook", "{}")
    for arguments in [
        ("aws:ec2:image", "StringList", "/x", "ami-12345678"),
        ("aws:ssm:integration", "String", INTEGRATION_PREFIX + "hook", "{}"),
        ("aws:ssm:integration", "SecureString", "/x", "{}"),
    ]:
        with pytest.raises(ValidationFailed):
            check_data_type(*arguments)


def test_each_item_of_a_string_list_is_checked() -> None:
    """One bad item spoils the list."""
    check_data_type("integer", "StringList", "/x", "1,2,3")
    with pytest.raises(ValidationFailed):
        check_data_type("integer", "StringList", "/x", "1,b,3")


@given(st.sampled_from(DATA_TYPES), st.text(max_size=60))
def test_no_value_breaks_a_check(data_type: str, value: str) -> None:
    """Every value is accepted or refused."""
    try:
        check_data_type(data_type, "String", "/x", value)
    except ValidationFailed:
        return
