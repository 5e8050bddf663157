"""Policy documents as frozen values: what the parser makes and everything else reads.

Source: IAM User Guide, "IAM JSON policy element reference".
"""

from dataclasses import dataclass

CURRENT_VERSION = "2012-10-17"
OLD_VERSION = "2008-10-17"  # what a document without Version has; knows no policy variables
ANYONE = "*"


@dataclass(frozen=True, slots=True)
class Principals:
    """A Principal or NotPrincipal element, one tuple for each kind. `"*"` alone is `{"AWS": "*"}`."""

    aws: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    federated: tuple[str, ...] = ()
    canonical_user: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator with one key: `"StringEquals": {"aws:username": ["alice", "bob"]}`.

    Attributes:
        operator: as written, with its qualifier and IfExists.
        key: as written; compared without regard to case.
        values: the policy's values, numbers and booleans as text; may be empty.
    """

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Attributes:
        position: 1 for the first statement of the document.
        principals: None where the kind of policy has none.
        not_principal, not_action, not_resource: the tuple beside it came from the Not... element.
        actions, resources: empty where the element is missing.
    """

    position: int
    sid: str | None
    allow: bool
    principals: Principals | None = None
    not_principal: bool = False
    actions: tuple[str, ...] = ()
    not_action: bool = False
    resources: tuple[str, ...] = ()
    not_resource: bool = False
    conditions: tuple[Condition, ...] = ()

    @property
    def label(self) -> str:
        """Return what decisions call this statement: its Sid, or its position."""
        return self.sid or str(self.position)


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """A whole document."""

    version: str
    id: str | None
    statements: tuple[Statement, ...]

    @property
    def has_variables(self) -> bool:
        """Return whether `${...}` means a variable here."""
        return self.version == CURRENT_VERSION
