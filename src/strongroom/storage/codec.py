"""Records to bytes and back: msgspec MessagePack, with SecretBytes written as raw bytes inside the seal."""

from functools import cache
from typing import Any, TypeVar

import msgspec

from strongroom.core.secret import SecretBytes
from strongroom.storage.table import Table

R = TypeVar("R", bound=msgspec.Struct)


def _to_wire(value: Any) -> bytes:
    if isinstance(value, SecretBytes):
        return value.reveal()
    raise TypeError(f"{type(value).__name__} can't be stored")


def _from_wire(kind: type, value: Any) -> Any:
    if kind is SecretBytes and isinstance(value, bytes):
        return SecretBytes(value)
    raise TypeError(f"{kind.__name__} can't be read")


@cache
def _decoder(record: type[R]) -> msgspec.msgpack.Decoder[R]:
    return msgspec.msgpack.Decoder(record, dec_hook=_from_wire)


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_to_wire)


def encode_record(record: msgspec.Struct) -> bytes:
    """Return the stored form of `record`, before sealing."""
    return _ENCODER.encode(record)


def decode_record(table: Table[R], version: int, data: bytes) -> R:
    """Return the record that `data` holds, upgraded from schema `version` to the table's own.

    Raises ValueError for a version newer than this server's: such a row was written by a newer node and is left alone.
    """
    if version == table.version:
        record: R = _decoder(table.record).decode(data)
        return record
    if version > table.version:
        raise ValueError(f"{table.name}: schema version {version} is newer than this server's {table.version}")
    fields = msgspec.msgpack.decode(data)
    for step in range(version, table.version):
        fields = table.upgrades[step](fields)
    return msgspec.convert(fields, type=table.record, dec_hook=_from_wire)


def older_fields(table: Table[R], version: int, record: R) -> dict[str, Any]:
    """Return the fields of `record` as schema `version`, an older one, has them. Raises KeyError for a missing downgrade."""
    fields: dict[str, Any] = msgspec.msgpack.decode(encode_record(record))
    for step in range(table.version - 1, version - 1, -1):
        fields = table.downgrades[step](fields)
    return fields


def encode_fields(fields: dict[str, Any]) -> bytes:
    """Return the stored form of the fields of a record, before sealing."""
    return _ENCODER.encode(fields)
