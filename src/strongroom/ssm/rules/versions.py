"""Versions of a parameter: what an overwrite keeps, drops and refuses, and what a selector means. Pure.

Source: Systems Manager User Guide, "Working with parameter versions".
"""

from typing import NamedTuple

import msgspec

from strongroom.ssm.errors import ParameterMaxVersionLimitExceeded
from strongroom.ssm.records import Content, ParameterRecord
from strongroom.ssm.rules.limits import VERSIONS_KEPT
from strongroom.ssm.rules.policies import next_due_ms


class Overwritten(NamedTuple):
    """The parameter after an overwrite, and the version that fell out of the history, if one did."""

    record: ParameterRecord
    dropped: int | None


def overwritten(record: ParameterRecord, content: Content) -> Overwritten:
    """Return the parameter with `content` as its current version.

    Raises ParameterMaxVersionLimitExceeded if the version that would fall out has a label.
    """
    full = content.version - record.oldest >= VERSIONS_KEPT
    if full and record.oldest in record.labels.values():
        raise ParameterMaxVersionLimitExceeded(record.spelling, record.oldest)
    after = msgspec.structs.replace(
        record,
        current=content,
        oldest=record.oldest + 1 if full else record.oldest,
        policy_due=next_due_ms(content.policies, content.modified),
    )
    return Overwritten(after, record.oldest if full else None)


def has_version(record: ParameterRecord, version: int) -> bool:
    """Return whether `version` is kept."""
    return record.oldest <= version <= record.current.version


def selected_version(record: ParameterRecord, selector: str) -> int | None:
    """Return the version that a selector (a number or a label) means, or None if there is none."""
    if selector.isascii() and selector.isdigit():
        return int(selector) if has_version(record, int(selector)) else None
    return record.labels.get(selector)
