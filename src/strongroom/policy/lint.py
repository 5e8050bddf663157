"""What is doubtful about a policy that parses: too much allowed, never met, or a way to more rights. Pure.

Sources: IAM User Guide, "Grant least privilege" and "Policy checks reference"; Service Authorization Reference for which actions
have no resource.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial

from strongroom.policy.documents import ANYONE, PolicyDocument, Statement
from strongroom.policy.escalation import escalations
from strongroom.policy.kinds import PolicyKind
from strongroom.policy.never import Catalogue, covered_by_deny, unmet_reasons
from strongroom.policy.parse import parse_policy

__all__ = ["Catalogue", "Finding", "Weight", "lint"]


class Weight(Enum):
    """How bad a finding is: the statement can't mean what it says, or it says more than is wise."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a reviewer should look at.

    Attributes:
        code: a name that stays the same: wildcard-action, never-matches, privilege-escalation ...
        statement: its Sid, or its position.
    """

    weight: Weight
    code: str
    statement: str
    message: str


def lint(text: str, kind: PolicyKind, catalogue: Catalogue) -> list[Finding]:
    """Return what is doubtful about a policy, in order of its statements. Raises MalformedPolicy where it is no policy at all."""
    document = parse_policy(text, kind)
    return [finding for statement in document.statements for finding in _of_statement(document, statement, kind, catalogue)]


def _of_statement(document: PolicyDocument, statement: Statement, kind: PolicyKind, catalogue: Catalogue) -> Iterator[Finding]:
    doubt = partial(Finding, Weight.WARNING, statement=statement.label)
    if statement.allow:
        yield from (doubt(code, message=message) for code, message in _wide(statement, kind).items())
    for reason in unmet_reasons(document, statement, kind, catalogue):
        yield Finding(Weight.ERROR if reason.whole else Weight.WARNING, reason.code, statement.label, reason.message)
    if statement.allow and (deny := covered_by_deny(document, statement, catalogue)) is not None:
        yield Finding(
            Weight.ERROR, "always-denied", statement.label, f"the Deny of statement {deny.label} takes away everything that it allows"
        )
    if statement.allow and kind is PolicyKind.IDENTITY:
        yield from (doubt("privilege-escalation", message=message) for message in escalations(document, statement))


def _wide(statement: Statement, kind: PolicyKind) -> Mapping[str, str]:
    found: dict[str, str] = {}
    if statement.not_action:
        found["not-action"] = "Allow with NotAction allows every action that is not listed, those of services to come too"
    elif wild := [action for action in statement.actions if action == ANYONE or action.endswith(":*")]:
        found["wildcard-action"] = f"it allows every action that matches {', '.join(wild)}; list the ones that are needed"
    if statement.not_resource:
        found["not-resource"] = "Allow with NotResource allows it on everything that is not listed"
    if kind is PolicyKind.IDENTITY and ANYONE in statement.resources and not statement.conditions:
        found["wildcard-resource"] = "it is allowed on every resource; name the ones that are needed"
    if statement.not_principal:
        found["not-principal"] = "Allow with NotPrincipal lets in everybody who is not listed"
    elif statement.principals is not None and ANYONE in statement.principals.aws and not statement.conditions:
        found["public"] = "it lets in everybody, of every account; name principals, or add a Condition such as aws:PrincipalOrgID"
    return found
