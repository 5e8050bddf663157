"""From a handler's answer to the XML of the query protocol.

Source: Smithy, "AWS query protocol"; IAM's percent-encoded policy documents are described in IAM's API reference.
"""

import base64
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from strongroom.edge.compiling import compile_shape
from strongroom.edge.encoders import NotInModelError
from strongroom.edge.models import ServiceModel, Shape
from strongroom.edge.overrides import PERCENT_ENCODED
from strongroom.edge.times import iso_from_epoch

XmlEncoder = Callable[[Any], str]
_SPECIAL = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})
# Characters that XML 1.0 can't hold at all; they reach an answer only by way of an error text that repeats its input.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


_CHANGED = re.compile("[^\t\n\x20!#-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # the special ones, and the illegal ones


def escape(text: str) -> str:
    """Return `text` as XML character data. A carriage return survives; what XML can't hold becomes U+FFFD."""
    if _CHANGED.search(text) is None:
        return text
    return _ILLEGAL.sub("\ufffd", text).translate(_SPECIAL)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise NotInModelError(f"a string is str, not {type(value).__name__}")
    return escape(value)


def _percent_encoded(value: Any) -> str:
    return quote(value, safe="")


_SCALARS: dict[str, XmlEncoder] = {
    "string": _string,
    "boolean": lambda value: "true" if value else "false",
    "blob": lambda value: base64.b64encode(value).decode(),
    "timestamp": iso_from_epoch,
    "integer": str,
    "long": str,
    "float": repr,
    "double": repr,
}


def _structure(name: str, members: list[tuple[str, XmlEncoder]]) -> XmlEncoder:
    known = frozenset(member for member, _ in members)

    def encode(value: Any) -> str:
        if not known.issuperset(value):
            raise NotInModelError(f"{name} has no member {', '.join(sorted(set(value) - known))}")
        return "".join(f"<{member}>{inner(value[member])}</{member}>" for member, inner in members if value.get(member) is not None)

    return encode


def _list(inner: XmlEncoder) -> XmlEncoder:
    return lambda value: "".join(f"<member>{inner(item)}</member>" for item in value)


def _map(key: XmlEncoder, inner: XmlEncoder) -> XmlEncoder:
    return lambda value: "".join(f"<entry><key>{key(name)}</key><value>{inner(item)}</value></entry>" for name, item in value.items())


class _Compiler:
    """Builds the encoder of each shape of one service."""

    def __init__(self, service: str) -> None:
        self._service = service

    def build(self, name: str, shape: Shape, closure_of: Callable[[str], XmlEncoder | None]) -> XmlEncoder:
        """Return the encoder of a shape: the text between its tags."""

        def needed(reference: Shape) -> XmlEncoder:
            found = closure_of(reference["shape"])
            if found is None:
                raise LookupError(reference["shape"])  # every shape has an encoder
            return found

        kind = shape["type"]
        if kind == "structure":
            return _structure(name, [(member, needed(reference)) for member, reference in shape["members"].items()])
        if kind == "list":
            return _list(needed(shape["member"]))
        if kind == "map":
            return _map(needed(shape["key"]), needed(shape["value"]))
        return _percent_encoded if (self._service, name) in PERCENT_ENCODED else _SCALARS[kind]


def compile_xml_encoder(model: ServiceModel, name: str) -> XmlEncoder:
    """Return a function from an answer of shape `name` to XML. It raises NotInModelError for a member that the model lacks."""
    encoder = compile_shape(model, name, _Compiler(model.name).build)
    if encoder is None:
        raise LookupError(name)
    return encoder
