"""Policy documents: strict parsing into frozen values. Pure.

Source: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from enum import Enum


class PolicyKind(Enum):
    """Where a document stands, and so which elements it must and may not have."""

    IDENTITY = "identity"  # also permissions boundaries, session policies and service control policies
    RESOURCE = "resource"
    KEY = "key"
    TRUST = "trust"


class MalformedPolicy(ValueError):
    """The document breaks the grammar. `reason` is AWS's text for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
