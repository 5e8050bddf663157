"""From a handler's answer to what msgspec writes as JSON: timestamps as numbers, None left out.

msgspec writes bytes as base64 itself, so most shapes need no work and have no encoder. A member that the model does not
have is a mistake in a handler: it raises, and the client gets InternalFailure rather than an unchecked value.
"""

from collections.abc import Callable
from typing import Any

from strongroom.edge.compiling import compile_shape
from strongroom.edge.models import ServiceModel, Shape

Encoder = Callable[[Any], Any]
_ABSENT = object()


class NotInModelError(LookupError):
    """A handler answered with a member, or a type, that the service model does not have."""


def _timestamp(value: float) -> float:
    """Return epoch seconds to the millisecond, as an int where they are whole."""
    return int(value) if value == int(value) else round(value, 3)


def _blob(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise NotInModelError(f"a blob is bytes, not {type(value).__name__}")
    return value


def _structure(name: str, members: dict[str, Encoder | None]) -> Encoder:
    find = members.get

    def encode(value: Any) -> dict[str, Any]:
        out = {}
        for member, item in value.items():
            if item is None:
                continue
            inner = find(member, _ABSENT)
            if inner is None:
                out[member] = item
            elif inner is _ABSENT:
                raise NotInModelError(f"{name} has no member {member}")
            else:
                out[member] = inner(item)  # type: ignore[operator]
        return out

    return encode


def _list(inner: Encoder) -> Encoder:
    return lambda value: [inner(item) for item in value]


def _map(inner: Encoder) -> Encoder:
    return lambda value: {key: inner(item) for key, item in value.items()}


def _build(name: str, shape: Shape, closure_of: Callable[[str], Encoder | None]) -> Encoder | None:
    kind = shape["type"]
    if kind == "structure":
        return _structure(name, {member: closure_of(reference["shape"]) for member, reference in shape["members"].items()})
    if kind == "list":
        inner = closure_of(shape["member"]["shape"])
        return None if inner is None else _list(inner)
    if kind == "map":
        inner = closure_of(shape["value"]["shape"])
        return None if inner is None else _map(inner)
    return {"timestamp": _timestamp, "blob": _blob}.get(kind)


def compile_encoder(model: ServiceModel, name: str) -> Encoder:
    """Return a function from an answer of shape `name` to plain values for msgspec.json.encode. It raises NotInModelError."""
    encoder = compile_shape(model, name, _build)
    return encoder if encoder is not None else lambda value: value
