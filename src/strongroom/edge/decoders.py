"""From decoded JSON to values by the service model: blobs to bytes, timestamps to floats, everything of the type it should be.

Unknown members are ignored and null members are absent, as AWS does. A null inside a list or map has no meaning in these
services and is refused, because leaving it out would change what was asked for.
"""

import binascii
from collections.abc import Callable, Sized
from typing import Any

from strongroom.edge.compiling import Kinds, compile_reader
from strongroom.edge.models import ServiceModel
from strongroom.edge.refusals import SerializationFailed
from strongroom.edge.times import epoch_from_number, epoch_from_text

Decoder = Callable[[Any], Any]
MEMBERS_MAX = 5000
INTEGER_MAX = 2**31 - 1
LONG_MAX = 2**63 - 1


def _kind(value: Any) -> str:
    """Return the name of a JSON value's kind as it stands in AWS's texts."""
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    return {str: "STRING_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE"}.get(type(value), "NULL_VALUE")


def _mismatch(value: Any, wanted: str) -> SerializationFailed:
    if isinstance(value, list):
        return SerializationFailed("Start of list found where not expected")
    if isinstance(value, dict):
        return SerializationFailed("Start of structure or map found where not expected.")
    if wanted in {"List", "Map", "Structure"}:
        return SerializationFailed(f"{_kind(value)} found where a {wanted.lower()} was expected")
    return SerializationFailed(f"{_kind(value)} cannot be converted to {wanted}")


def _ensure_few(value: Sized) -> None:
    """Return if a list or map is not far longer than any operation takes: checking and telling the members of a long one takes long."""
    if len(value) > MEMBERS_MAX:
        raise SerializationFailed(f"A list or map has more than {MEMBERS_MAX} members.")


def _string(value: Any) -> str:
    if type(value) is str:
        return value
    raise _mismatch(value, "String")


def _boolean(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise _mismatch(value, "Boolean")


def _blob(value: Any) -> bytes:
    if type(value) is not str:
        raise _mismatch(value, "Blob")
    try:
        return binascii.a2b_base64(value, strict_mode=True)
    except ValueError as error:
        raise SerializationFailed("STRING_VALUE cannot be converted to Blob: it is not valid base64") from error


def _timestamp(value: Any) -> float:
    try:
        if type(value) is str:
            return epoch_from_text(value)
        if type(value) is float or type(value) is int:
            return epoch_from_number(value)
    except (ValueError, OverflowError) as error:
        raise SerializationFailed(f"{_kind(value)} cannot be converted to Timestamp") from error
    raise _mismatch(value, "Timestamp")


def _floating(value: Any) -> float:
    if type(value) is float or (type(value) is int and abs(value) <= LONG_MAX):
        return float(value)
    raise _mismatch(value, "Double")


def _whole(name: str, most: int) -> Decoder:
    def decode(value: Any) -> int:
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is int and -most - 1 <= value <= most:
            return value
        raise _mismatch(value, name)

    return decode


SCALARS: dict[str, Decoder] = {
    "string": _string,
    "boolean": _boolean,
    "blob": _blob,
    "timestamp": _timestamp,
    "integer": _whole("Integer", INTEGER_MAX),
    "long": _whole("Long", LONG_MAX),
    "float": _floating,
    "double": _floating,
}


def _structure(members: dict[str, Decoder]) -> Decoder:
    find = members.get

    def decode(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise _mismatch(value, "Structure")
        out = {}
        for name, item in value.items():
            if item is not None and (member := find(name)) is not None:
                out[name] = member(item)
        return out

    return decode


def _list(member: Decoder) -> Decoder:
    def decode(value: Any) -> list[Any]:
        if type(value) is not list:
            raise _mismatch(value, "List")
        _ensure_few(value)
        return [member(item) for item in value]

    return decode


def _map(key: Decoder, member: Decoder) -> Decoder:
    def decode(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise _mismatch(value, "Map")
        _ensure_few(value)
        return {key(name): member(item) for name, item in value.items()}

    return decode


_KINDS: Kinds[Decoder] = Kinds(_structure, _list, _map, SCALARS)


def compile_decoder(model: ServiceModel, name: str) -> Decoder:
    """Return a function from the decoded JSON of shape `name` to its value. It raises SerializationFailed."""
    return compile_reader(model, name, _KINDS)
