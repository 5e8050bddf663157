"""Reading seed files."""

import json
from pathlib import Path

import pytest

from strongroom.app.seed_file import material_bytes, read_seed
from strongroom.core.errors import OperatorError


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    """The suffix decides."""
    toml, also = tmp_path / "a.toml", tmp_path / "a.json"
    toml.write_text('[[keys]]\nid = "x"\n[[secrets]]\nname = "s"\nvalue = "v"\n', encoding="utf-8")
    also.write_text(json.dumps({"keys": [{"id": "x"}], "secrets": [{"name": "s", "value": "v"}]}), encoding="utf-8")
    first, second = read_seed(toml), read_seed(also)
    assert (first.keys, first.secrets, first.parameters) == (second.keys, second.secrets, second.parameters)
    assert (first.path, first.keys[0].spec) == (str(toml), "SYMMETRIC_DEFAULT")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("keys = 1", "Expected `array`, got `int` - at `$.keys`"),
        ("[[key]]\nid = 'x'", "Object contains unknown field `key`"),
        ("[[keys]]\nid = 'x'\nmaterail = 'y'", "Object contains unknown field `materail` - at `$.keys[0]`"),
        ("[[keys]]\n", "Object missing required field `id` - at `$.keys[0]`"),
        ("[[keys]]\nid = 'x'\naccount_id = '1'", "at `$.keys[0].account_id`"),
        ("[[parameters]]\nname = '/x'\nvalue = 1", "Expected `str`, got `int` - at `$.parameters[0].value`"),
        ("[[keys", "Expected ']]'"),
    ],
)
def test_mistakes_are_named_with_their_place(tmp_path: Path, text: str, message: str) -> None:
    """And the file's name."""
    file = tmp_path / "seed.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(OperatorError) as caught:
        read_seed(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert message in str(caught.value)


def test_a_missing_file_is_a_mistake_too(tmp_path: Path) -> None:
    """Said as the operating system says it."""
    with pytest.raises(OperatorError, match="No such file or directory"):
        read_seed(tmp_path / "none.toml")


def test_material_is_base64_or_pem() -> None:
    """Anything else is refused."""
    assert material_bytes("AAEC").reveal() == b"\x00\x01\x02"
    assert material_bytes("-----BEGIN PRIVATE KEY-----\nAAEC\n-----END PRIVATE KEY-----\n").reveal() == b"\x00\x01\x02"
    with pytest.raises(ValueError, match="neither base64 nor PEM"):
        material_bytes("!")
