"""Which services a policy document grants. Pure.

Source: IAM User Guide, "Refining permissions in AWS using last accessed information".
"""

from collections.abc import Iterable

from strongroom.policy.documents import ANYONE, PolicyDocument, Statement

SERVICE_NAMES = {
    "cloudtrail": "AWS CloudTrail",
    "iam": "AWS Identity and Access Management",
    "kms": "AWS Key Management Service",
    "lambda": "AWS Lambda",
    "secretsmanager": "AWS Secrets Manager",
    "ssm": "AWS Systems Manager",
    "sts": "AWS Security Token Service",
}


def grants_service(document: PolicyDocument, namespace: str) -> bool:
    """Return whether a statement allows any action of the service; conditions, resources and Deny statements do not count."""
    return any(statement.allow and _names_service(statement, namespace) for statement in document.statements)


def _names_service(statement: Statement, namespace: str) -> bool:
    actions = {action.lower() for action in statement.actions}
    if statement.not_action:
        return not {ANYONE, f"{namespace}:{ANYONE}"} & actions
    return any(action == ANYONE or action.startswith(f"{namespace}:") for action in actions)


def granted_services(documents: Iterable[PolicyDocument]) -> list[str]:
    """Return the namespaces of the services of this server that at least one of the documents grants, sorted."""
    held = list(documents)
    return [namespace for namespace in SERVICE_NAMES if any(grants_service(document, namespace) for document in held)]
