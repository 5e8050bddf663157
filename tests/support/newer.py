"""A newer Strongroom: the same command, but parameters have a further field with an index, in version 2 of their table.

Run as `python -m tests.support.newer`, in place of `python -m strongroom`.
"""

import importlib
from typing import Any

import msgspec

from strongroom.ssm import records
from strongroom.storage import table as declarations

MILLISECONDS = 1000


class NewerParameterRecord(records.ParameterRecord, frozen=True, kw_only=True, gc=False):
    """A parameter that can be found by the time of its last change."""

    changed_ms: int = 0

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "changed_ms", int(self.current.modified * MILLISECONDS))


def _upgrade(fields: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "changed_ms": 0}


def _downgrade(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "changed_ms"}


def _newer_table(name: str, record: type[Any], **declared: Any) -> declarations.Table[Any]:
    if name == "ssm_parameters":
        declared["indexes"] = (*declared["indexes"], declarations.Index("changed", ("account_id", "region", "changed_ms")))
        declared |= {"version": 2, "upgrades": {1: _upgrade}, "downgrades": {1: _downgrade}}
    return _table(name, record, **declared)


_table = declarations.table
records.ParameterRecord = NewerParameterRecord  # type: ignore[misc] # before any other room takes the older one
declarations.table = _newer_table

if __name__ == "__main__":
    importlib.import_module("strongroom.cli.main").main()
