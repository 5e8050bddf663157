"""Ways in which an identity policy lets its holder get more rights than it gives. Pure.

Source: IAM User Guide, "IAM and AWS STS security best practices"; the paths are those that AWS's policy checks and the
literature on IAM privilege escalation name, as far as the services here know them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from strongroom.policy.documents import ANYONE, PolicyDocument, Statement
from strongroom.policy.never import concern
from strongroom.policy.wildcard import matcher, tokens_of


@dataclass(frozen=True, slots=True)
class Path:
    """Actions that together lead to more rights; the first one names the path."""

    actions: tuple[str, ...]
    gain: str
    anywhere_only: bool = False  # a danger only where the resource is a wildcard


PATHS: tuple[Path, ...] = (
    Path(("iam:CreatePolicyVersion",), "can write a new default version of a policy that it has itself"),
    Path(("iam:SetDefaultPolicyVersion",), "can go back to an older version of a policy that allowed more"),
    Path(("iam:AttachUserPolicy",), "can attach any managed policy to a user"),
    Path(("iam:AttachGroupPolicy",), "can attach any managed policy to a group"),
    Path(("iam:AttachRolePolicy",), "can attach any managed policy to a role"),
    Path(("iam:PutUserPolicy",), "can write any inline policy of a user"),
    Path(("iam:PutGroupPolicy",), "can write any inline policy of a group"),
    Path(("iam:PutRolePolicy",), "can write any inline policy of a role"),
    Path(("iam:AddUserToGroup",), "can join a group that may do more"),
    Path(("iam:CreateAccessKey",), "can make an access key of another user", anywhere_only=True),
    Path(("iam:CreateLoginProfile",), "can give another user a password", anywhere_only=True),
    Path(("iam:UpdateLoginProfile",), "can change another user's password", anywhere_only=True),
    Path(("iam:UpdateAssumeRolePolicy",), "can make a role trust it"),
    Path(("iam:DeleteUserPermissionsBoundary",), "can take away the boundary that limits a user"),
    Path(("iam:DeleteRolePermissionsBoundary",), "can take away the boundary that limits a role"),
    Path(("iam:PutUserPermissionsBoundary",), "can set a wider boundary of a user"),
    Path(("iam:PutRolePermissionsBoundary",), "can set a wider boundary of a role"),
    Path(("iam:AddClientIDToOpenIDConnectProvider",), "can let an identity provider's other clients into its roles"),
    Path(("iam:UpdateSAMLProvider",), "can put an identity provider's metadata in the place of a trusted one's"),
    Path(("iam:AddRoleToInstanceProfile", "iam:PassRole"), "can give a machine's instance profile another role"),
    Path(("lambda:CreateFunction", "iam:PassRole"), "can run a function as another role"),
    Path(("lambda:UpdateFunctionCode",), "can run its own code as the role of a function", anywhere_only=True),
    Path(("ec2:RunInstances", "iam:PassRole"), "can start a machine as another role"),
    Path(("secretsmanager:RotateSecret", "iam:PassRole"), "can have a function run on secrets as another role"),
    Path(("sts:AssumeRole",), "can assume every role that trusts its account", anywhere_only=True),
    Path(("kms:PutKeyPolicy",), "can make a key's policy allow it everything"),
    Path(("kms:CreateGrant",), "can grant itself or others the use of a key"),
    Path(("secretsmanager:PutResourcePolicy",), "can make a secret's policy allow it, or others, to read it"),
    Path(("ssm:PutResourcePolicy",), "can share parameters with other accounts"),
)


def escalations(document: PolicyDocument, statement: Statement) -> Iterator[str]:
    """Yield what `statement`, with the other Allows of its document, lets its holder reach. Deny statements are respected."""
    for path in PATHS:
        first = path.actions[0]
        if not _allows(statement, first) or (path.anywhere_only and not _is_wide(statement)):
            continue
        others = all(any(_allows(each, action) for each in document.statements) for action in path.actions[1:])
        if others and not any(_denied(document, action) for action in path.actions):
            unless = ", unless its Condition prevents that" if statement.conditions else ""
            yield f"with {' and '.join(path.actions)} its holder {path.gain}{unless}"


def _names(statement: Statement, action: str) -> bool:
    named = any(matcher(tokens_of(pattern.lower()))(action.lower()) for pattern in statement.actions)
    return named != statement.not_action


def _allows(statement: Statement, action: str) -> bool:
    about = statement.not_resource or concern(statement.resources, action.partition(":")[0])
    return statement.allow and about and _names(statement, action)


def _is_wide(statement: Statement) -> bool:
    return statement.not_resource or any(resource == ANYONE or resource.endswith("*") for resource in statement.resources)


def _denied(document: PolicyDocument, action: str) -> bool:
    return any(not each.allow and not each.conditions and ANYONE in each.resources and _names(each, action) for each in document.statements)
