"""Small makers of documents, principals and requests for the tests of policy/."""

import json
from typing import Any

from strongroom.policy.compile import compile_policy
from strongroom.policy.decision import (
    AccessRequest,
    ConditionContext,
    Decision,
    NamedPolicy,
    PolicySet,
    PrincipalFacts,
    PrincipalType,
    Values,
)
from strongroom.policy.evaluate import evaluate
from strongroom.policy.parse import PolicyKind

ACCOUNT = "111122223333"
OTHER = "444455556666"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
DECRYPT = "kms:Decrypt"
ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"
ALICE_ARN = f"arn:aws:iam::{ACCOUNT}:user/team/alice"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/service/app"
SESSION_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/run-1"
FEDERATED_ARN = f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
ALICE_ID = "AIDAAAAAAAAAAAAAAAAAA"
ROLE_ID = "AROAAAAAAAAAAAAAAAAAA"
PROVIDER_ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/tokens.example.com"

ROOT = PrincipalFacts(PrincipalType.ROOT, ACCOUNT, ROOT_ARN)
ALICE = PrincipalFacts(PrincipalType.USER, ACCOUNT, ALICE_ARN, unique_id=ALICE_ID)
SESSION = PrincipalFacts(PrincipalType.ASSUMED_ROLE, ACCOUNT, SESSION_ARN, role_arn=ROLE_ARN, unique_id=ROLE_ID)
FEDERATED = PrincipalFacts(PrincipalType.FEDERATED_USER, ACCOUNT, FEDERATED_ARN, unique_id=ALICE_ID)
SERVICE = PrincipalFacts(PrincipalType.SERVICE, ACCOUNT, "secretsmanager.amazonaws.com", service="secretsmanager.amazonaws.com")
BEARER = PrincipalFacts(PrincipalType.ANONYMOUS, ACCOUNT, "", federated_provider=PROVIDER_ARN)
ANONYMOUS = PrincipalFacts(PrincipalType.ANONYMOUS, "", "")


def text(*statements: dict[str, Any], version: str | None = "2012-10-17") -> str:
    """Return a document with these statements."""
    head = {} if version is None else {"Version": version}
    return json.dumps({**head, "Statement": list(statements)})


def allow(**elements: Any) -> dict[str, Any]:
    """Return an Allow statement for every action on everything, changed by `elements`; None leaves an element out."""
    return _statement("Allow", elements)


def deny(**elements: Any) -> dict[str, Any]:
    """Return a Deny statement for every action on everything, changed by `elements`; None leaves an element out."""
    return _statement("Deny", elements)


def _statement(effect: str, elements: dict[str, Any]) -> dict[str, Any]:
    whole = {"Effect": effect, "Action": "*", "Resource": "*", **elements}
    for name in ("Action", "Resource"):
        if f"Not{name}" in elements:
            del whole[name]
    return {name: value for name, value in whole.items() if value is not None}


def named(kind: PolicyKind, *statements: dict[str, Any], name: str = "policy") -> NamedPolicy:
    """Return a compiled policy with a name."""
    return NamedPolicy(name, compile_policy(text(*statements), kind))


def identity(*statements: dict[str, Any], name: str = "identity") -> NamedPolicy:
    """Return a compiled policy of the kind that identities, boundaries, sessions and organisations have."""
    return named(PolicyKind.IDENTITY, *statements, name=name)


def ask(
    facts: PrincipalFacts,
    policies: PolicySet,
    *,
    action: str = DECRYPT,
    resource: str = KEY,
    owner: str = ACCOUNT,
    context: dict[str, Values] | None = None,
) -> Decision:
    """Return the decision on one request."""
    return evaluate(AccessRequest(facts, action, resource, owner, ConditionContext(context or {})), policies)
