"""Parameters as .env, JSON and YAML, there and back."""

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.cli.parameter_files import BadFile, Format, env_name, format_of, read_parameters, write_parameters
from strongroom.cli.parameter_records import Parameter

SEGMENTS = st.text(alphabet=string.ascii_letters + string.digits + "_.-", min_size=1, max_size=6)
NAMES = st.lists(SEGMENTS, min_size=1, max_size=3).map("/".join)
VALUES = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
OPTIONAL = st.none() | VALUES
PARAMETERS = st.lists(
    st.builds(
        Parameter,
        name=NAMES,
        value=VALUES,
        type=st.sampled_from(["String", "StringList", "SecureString"]),
        data_type=st.sampled_from([None, "integer"]),
        tier=st.sampled_from([None, "Advanced"]),
        description=OPTIONAL,
        allowed_pattern=OPTIONAL,
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda parameter: parameter.name,
)


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_json_and_yaml_bring_back_what_was_written(form: Format) -> None:
    """Any name, any value, and every member."""

    @given(PARAMETERS)
    def check(parameters: list[Parameter]) -> None:
        assert read_parameters(write_parameters(parameters, form), form) == parameters

    check()


@given(st.dictionaries(st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True), VALUES, min_size=1, max_size=5))
def test_env_brings_back_every_value_under_its_variable(values: dict[str, str]) -> None:
    """Quotes, backslashes, dollars and line ends included."""
    parameters = [Parameter(name, value) for name, value in values.items()]
    assert read_parameters(write_parameters(parameters, "env"), "env") == parameters


def test_env_takes_what_people_write() -> None:
    """Comments, export, quotes of either kind, and no expansion."""
    text = "# comment\nexport A=1\nB='it''s'\nB2=\"two\\nlines\"\n\nC=${A} $A # more\nD=\n"
    found = {parameter.name: parameter.value for parameter in read_parameters(text.replace("B='it''s'\n", "B='it\\'s'\n"), "env")}
    assert found == {"A": "1", "B": "it's", "B2": "two\nlines", "C": "${A} $A", "D": ""}


def test_levels_may_be_nested_and_lists_are_string_lists() -> None:
    """In JSON and YAML alike; numbers and booleans of YAML stay as they are written."""
    nested = {
        "json": '{"db": {"host": "h", "port": 0.10}, "/hosts": ["a", "b"], "key": {"Value": "v", "Type": "SecureString"}}',
        "yaml": "db:\n  host: h\n  port: 0.10\n/hosts: [a, b]\nkey:\n  Value: v\n  Type: SecureString\n",
    }
    wanted = [
        Parameter("db/host", "h"),
        Parameter("db/port", "0.10"),
        Parameter("hosts", "a,b", "StringList"),
        Parameter("key", "v", "SecureString"),
    ]
    assert read_parameters(nested["json"], "json") == wanted
    assert read_parameters(nested["yaml"], "yaml") == wanted
    assert [found.value for found in read_parameters("a: yes\nb: 0123\nc: 2026-01-01\nd: ~\n", "yaml")] == [
        "yes",
        "0123",
        "2026-01-01",
        "~",
    ]


@pytest.mark.parametrize(
    ("form", "text", "problem"),
    [
        ("env", "hello\n", "line 1 is not NAME=VALUE"),
        ("env", "A=1\n'x\n", "line 2 is not NAME=VALUE"),
        ("env", "A=1\nA=2\n", "line 2: A stands twice"),
        ("json", "{", "line 1 is not JSON"),
        ("json", "[" * 100_000, "the file is not JSON"),
        ("json", "[]", "the file must hold a mapping of parameter names"),
        ("json", '{"a": "1", "a": "2"}', "a stands twice"),
        ("json", '{"a": true}', "a: Value must be text"),
        ("json", '{"a": null}', "a: Value must be text"),
        ("json", '{"a": ["x", "y,z"]}', "a: a list must hold texts without commas"),
        (
            "json",
            '{"a": {"Value": "v", "Typ": "String"}}',
            "a: there is no member Typ; there are Type, Value, DataType, Tier, Description, AllowedPattern",
        ),
        ("json", '{"a": "\\ud800"}', "a: the value is not Unicode text"),
        ("yaml", "a: [", "line 1 is not YAML"),
        ("yaml", "a: 1\na: 2\n", "a stands twice"),
        ("yaml", "? [a]\n: 1\n", "line 1: a name must be text"),
        ("yaml", "", "the file must hold a mapping of parameter names"),
        ("yaml", "a: &x {b: *x}", "line 1 is not YAML"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(form: Format, text: str, problem: str) -> None:
    """Nothing is guessed, and no value is repeated."""
    with pytest.raises(BadFile) as raised:
        read_parameters(text, form)
    assert str(raised.value) == problem


def test_variables_are_upper_case_and_can_not_be_mixed_up() -> None:
    """Two names that become one variable are refused."""
    assert [env_name(name) for name in ("db/password", "db-url.x", "1st")] == ["DB_PASSWORD", "DB_URL_X", "_1ST"]
    with pytest.raises(BadFile, match="two parameters become the variable A_B, a/b among them"):
        write_parameters([Parameter("a_b", "1"), Parameter("a/b", "2")], "env")


def test_the_name_of_a_file_tells_its_format() -> None:
    """Or nothing does."""
    names = (".env", ".env.prod", "prod.env", "x.json", "x.yaml", "x.yml", "x.txt", "-")
    assert [format_of(Path(name)) for name in names] == ["env", "env", "env", "json", "yaml", "yaml", None, None]
