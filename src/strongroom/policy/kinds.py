"""The kinds of policy document, and the one error that reading them raises."""

from enum import Enum

SYNTAX = "Syntax errors in policy."


class PolicyKind(Enum):
    """Where a document stands, and so which elements it must and may not have."""

    IDENTITY = "identity"  # also permissions boundaries, session policies and service control policies
    RESOURCE = "resource"
    KEY = "key"
    TRUST = "trust"


class MalformedPolicy(ValueError):
    """The document breaks the grammar. `reason` is AWS's text for it."""

    def __init__(self, reason: str = SYNTAX) -> None:
        super().__init__(reason)
        self.reason = reason


def ensure(condition: object, reason: str = SYNTAX) -> None:
    """Return if `condition` holds, else raise MalformedPolicy with `reason`."""
    if not condition:
        raise MalformedPolicy(reason)
