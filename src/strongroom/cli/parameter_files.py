"""Parameters as text: .env, JSON and YAML.

JSON and YAML hold a mapping of names below the path. Each is a text, a list of texts (a StringList), or a mapping with
`Value` and further members of PutParameter; a mapping without `Value` is a level of the hierarchy. All scalars are taken
as they are written, so 0123, 1e3 and yes stay what they look like. A .env file holds names and values only.

Sources: python-dotenv's documentation for the .env syntax; YAML 1.1; RFC 8259.
"""

import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from dotenv.parser import parse_stream

from strongroom.cli.parameter_records import STRING_LIST, Parameter, full_name

Format = Literal["env", "json", "yaml"]
SUFFIXES: Mapping[str, Format] = {".env": "env", ".json": "json", ".yaml": "yaml", ".yml": "yaml"}
MEMBERS = {
    "Type": "type",
    "Value": "value",
    "DataType": "data_type",
    "Tier": "tier",
    "Description": "description",
    "AllowedPattern": "allowed_pattern",
}
IMPLIED = {"DataType": "text"}  # left out of what is written


UNICODE_LINE_BREAKS = "\x85\u2028\u2029"


class BadFile(Exception):
    """The text can't be read as parameters; the message names the place and no value."""


def format_of(path: Path) -> Format | None:
    """Return the format that a file's name says, or None."""
    return "env" if path.name.startswith(".env") else SUFFIXES.get(path.suffix)


def read_parameters(text: str, form: Format) -> list[Parameter]:
    """Return the parameters that `text` holds. Raises BadFile."""
    if form == "env":
        return _from_env(text)
    document = _json_document(text) if form == "json" else _yaml_document(text)
    if not isinstance(document, dict):
        raise BadFile("the file must hold a mapping of parameter names")
    return list(_parameters("", document))


def write_parameters(parameters: Sequence[Parameter], form: Format) -> str:
    """Return the text that holds the parameters. Raises BadFile for names that a .env file can't tell apart."""
    if form == "env":
        return "".join(f"{name}={_quoted(value)}\n" for name, value in _env_names(parameters).items())
    document = {parameter.name: _entry(parameter) for parameter in parameters}
    if form == "json":
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    # PyYAML writes these as they are and reads them as spaces; without allow_unicode it escapes them
    breaks = any(mark in value for entry in document.values() for value in entry.values() for mark in UNICODE_LINE_BREAKS)
    return yaml.safe_dump(document, allow_unicode=not breaks, sort_keys=False)


def env_name(name: str) -> str:
    """Return the variable that a parameter becomes: upper case, every other character than a letter or digit an underscore."""
    variable = re.sub(r"[^A-Za-z0-9]", "_", name).upper()
    return f"_{variable}" if variable[:1].isdigit() else variable


def _env_names(parameters: Iterable[Parameter]) -> dict[str, str]:
    values: dict[str, str] = {}
    for parameter in parameters:
        variable = env_name(parameter.name)
        if variable in values:
            raise BadFile(f"two parameters become the variable {variable}, {parameter.name} among them: use JSON or YAML")
        values[variable] = parameter.value
    return values


def _quoted(value: str) -> str:
    """Return the value in single quotes, inside which nothing is expanded."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _from_env(text: str) -> list[Parameter]:
    found: dict[str, Parameter] = {}
    for binding in parse_stream(io.StringIO(text, newline="")):
        if binding.error or (binding.key is not None and binding.value is None):
            raise BadFile(f"line {binding.original.line} is not NAME=VALUE")
        if binding.key is None or binding.value is None:
            continue
        if binding.key in found:
            raise BadFile(f"line {binding.original.line}: {binding.key} stands twice")
        found[binding.key] = Parameter(binding.key, binding.value)
    return list(found.values())


def _without_doubles(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for name, value in pairs:
        if name in found:
            raise BadFile(f"{name} stands twice")
        found[name] = value
    return found


def _json_document(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_doubles, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        place = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "the file"
        raise BadFile(f"{place} is not JSON") from error


class _Loader(yaml.BaseLoader):
    """Builds texts, lists and mappings only, and refuses a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's
        del deep
        return _without_doubles((self._name(key), self.construct_object(value, deep=True)) for key, value in node.value)

    def _name(self, key: yaml.Node) -> str:
        if not isinstance(key, yaml.ScalarNode):
            raise BadFile(f"line {key.start_mark.line + 1}: a name must be text")
        return str(self.construct_scalar(key))


def _yaml_document(text: str) -> Any:
    try:
        return _Loader(text).get_single_data()
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise BadFile(f"line {mark.line + 1} is not YAML" if mark else "the file is not YAML") from error


def _parameters(path: str, document: Mapping[Any, Any]) -> Iterable[Parameter]:
    for key, entry in document.items():
        name = full_name(path, key) if path else key.lstrip("/")
        if isinstance(entry, dict) and "Value" not in entry:
            yield from _parameters(name, entry)
        else:
            yield _parameter(name, entry if isinstance(entry, dict) else {"Value": entry})


def _parameter(name: str, members: Mapping[str, Any]) -> Parameter:
    if unknown := [member for member in members if member not in MEMBERS]:
        raise BadFile(f"{name}: there is no member {unknown[0]}; there are {', '.join(MEMBERS)}")
    if isinstance(members["Value"], list):
        members = {"Type": STRING_LIST, **members, "Value": _joined(name, members["Value"])}
    if wrong := [member for member, value in members.items() if not isinstance(value, str)]:
        raise BadFile(f"{name}: {wrong[0]} must be text")
    return _writable(Parameter(name=name, **{MEMBERS[member]: value for member, value in members.items()}))


def _writable(parameter: Parameter) -> Parameter:
    """Return the parameter. Raises BadFile for text that is no Unicode, which JSON's escapes can write."""
    try:
        parameter.value.encode()
    except UnicodeEncodeError as error:
        raise BadFile(f"{parameter.name}: the value is not Unicode text") from error
    return parameter


def _joined(name: str, values: Sequence[Any]) -> str:
    if not all(isinstance(value, str) and "," not in value for value in values):
        raise BadFile(f"{name}: a list must hold texts without commas")
    return ",".join(values)


def _entry(parameter: Parameter) -> dict[str, str]:
    members = {member: getattr(parameter, attribute) for member, attribute in MEMBERS.items()}
    return {member: value for member, value in members.items() if value is not None and IMPLIED.get(member) != value}
