"""Form fields of the query protocol: parsing, and values by the service model.

Fields are named by path: `Tags.member.1.Key`, `Properties.entry.2.value`. They are put into a tree first.

Source: Smithy, "AWS query protocol".
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from strongroom.edge.compiling import Kinds, compile_reader
from strongroom.edge.decoders import SCALARS
from strongroom.edge.models import ServiceModel
from strongroom.edge.refusals import MalformedForm, SerializationFailed

Form = Mapping[str, str]
Node = dict[str, Any]  # a field's own text stands under "", what is beneath it under the next part of its name
FormReader = Callable[[Node], Any]
FIELDS_MAX = 5000
DEPTH_MAX = 24
OWN = ""
_WHOLE_DIGITS = 20


def parse_form(data: bytes) -> dict[str, str]:
    """Return the fields of a form body or query string. Raises MalformedForm for bad UTF-8, too many, and fields given twice."""
    try:
        pairs = _pairs(data.decode("ascii"))
    except ValueError as error:  # UnicodeDecodeError is one
        raise MalformedForm("The query string contains a syntax error.") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise MalformedForm("The query string contains a parameter more than once.")
    return fields


def _pairs(text: str) -> list[tuple[str, str]]:
    """Return what urllib.parse.parse_qsl does with strict UTF-8, without its checks for other types. Raises ValueError."""
    if text.count("&") >= FIELDS_MAX:
        raise ValueError("too many fields")
    parts = [field.partition("=") for field in text.split("&") if field]
    return [(_plain(name), _plain(value)) for name, _, value in parts]


def _plain(text: str) -> str:
    text = text.replace("+", " ")
    return unquote_to_bytes(text).decode() if "%" in text else text


def form_tree(form: Form) -> Node:
    """Return the fields as a tree by the parts of their names."""
    root: Node = {}
    for name, text in form.items():
        node = root
        for part in name.split(".", DEPTH_MAX):
            node = node.setdefault(part, {}) if part else node
        node[OWN] = text
    return root


def _text(node: Node) -> str:
    text = node.get(OWN)
    if not isinstance(text, str):
        raise SerializationFailed("Start of structure or map found where not expected.")
    return text


def _boolean(node: Node) -> bool:
    text = _text(node).lower()
    if text in {"true", "false"}:
        return text == "true"
    raise SerializationFailed("STRING_VALUE cannot be converted to Boolean")


def _number(kind: str, convert: Callable[[str], Any]) -> FormReader:
    decode = SCALARS[kind]

    def read(node: Node) -> Any:
        text = _text(node)
        try:
            value = convert(text) if len(text) <= _WHOLE_DIGITS and text.isascii() and "_" not in text else None
        except ValueError:
            value = None
        if value is None:
            raise SerializationFailed(f"STRING_VALUE cannot be converted to {kind.capitalize()}")
        return decode(value)

    return read


_READERS: dict[str, FormReader] = {
    "string": _text,
    "boolean": _boolean,
    "blob": lambda node: SCALARS["blob"](_text(node)),
    "timestamp": lambda node: SCALARS["timestamp"](_text(node)),
    "integer": _number("integer", int),
    "long": _number("long", int),
    "float": _number("float", float),
    "double": _number("double", float),
}


def _numbered(node: Node, part: str) -> list[Node]:
    """Return what stands under `part`.1, `part`.2 ... in order; numbers may be left out, other names are refused."""
    items = node.get(part, {})
    try:
        return [item for _, item in sorted((int(number), item) for number, item in items.items() if number != OWN)]
    except (ValueError, TypeError) as error:
        raise SerializationFailed("The query string contains a list whose members are not numbered.") from error


def _structure(members: dict[str, FormReader]) -> FormReader:
    def read(node: Node) -> dict[str, Any]:
        return {name: member(node[name]) for name, member in members.items() if name in node}

    return read


def _list(member: FormReader) -> FormReader:
    return lambda node: [member(item) for item in _numbered(node, "member")]


def _map(key: FormReader, member: FormReader) -> FormReader:
    def read(node: Node) -> dict[str, Any]:
        entries = _numbered(node, "entry")
        return {key(entry.get("key", {})): member(entry.get("value", {})) for entry in entries}

    return read


_KINDS: Kinds[FormReader] = Kinds(_structure, _list, _map, _READERS)


def compile_form_reader(model: ServiceModel, name: str) -> FormReader:
    """Return a function from a tree of form fields to the value of shape `name`. It raises SerializationFailed."""
    return compile_reader(model, name, _KINDS)
