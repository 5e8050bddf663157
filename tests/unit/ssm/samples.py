"""Records for the tests of the rules."""

from typing import Any

from strongroom.core.secret import SecretBytes
from strongroom.ssm.records import Content, ParameterRecord
from strongroom.ssm.rules.names import normalised, parent_of


def content(version: int = 1, **changes: Any) -> Content:
    """Return a version of a standard String parameter."""
    given = {"type": "String", "value": SecretBytes(b"v"), "tier": "Standard", "data_type": "text", "modified": 0.0, "modified_by": "me"}
    return Content(version=version, **{**given, **changes})


def parameter(name: str = "/x", current: Content | None = None, **changes: Any) -> ParameterRecord:
    """Return a parameter in an account."""
    full = normalised(name)
    place = {"account_id": "111122223333", "region": "eu-west-1", "name": full, "parent": parent_of(full), "spelling": name}
    return ParameterRecord(**{**place, "current": current or content(), **changes})
