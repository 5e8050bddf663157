"""The credentials of a template's run: a session that reaches the secret being rotated and little more.

A template has no role of the account. Its session belongs to a federated user without policies of its own, cut down by a session policy to
the one secret, and for alternating users to reading the one superuser's secret that RotateSecret's caller could read too.
"""

import json
from collections.abc import Mapping
from typing import Any

from strongroom.calls.call import Call
from strongroom.calls.functions import FunctionCredentials
from strongroom.core.errors import AccessDenied
from strongroom.functions.records import FunctionRecord
from strongroom.functions.roles import SESSION_SECONDS
from strongroom.identity.principal import SessionFacts
from strongroom.identity.sessions import SessionSubject, begin_session
from strongroom.policy.decision import PrincipalType

SESSION_NAME = "SecretsManagerRotation"
_ON_SECRET = (
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
)
_ON_KEYS = ("kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt")


def template_session(call: Call, function: FunctionRecord, event: Mapping[str, Any]) -> FunctionCredentials:
    """Return credentials for one rotation. `event` is the rotation engine's own. Raises AccessDenied for any other secret."""
    secret_arn = event.get("SecretId")
    if not isinstance(secret_arn, str) or secret_arn != call.principal.source_arn:
        raise AccessDenied("A template rotates the secret on whose behalf it is invoked.")
    superuser = event.get("SuperuserSecretId")
    facts = SessionFacts(
        issued_at=call.now,
        expires_at=float(int(call.now) + SESSION_SECONDS),
        name=SESSION_NAME,
        policies=(_policy(secret_arn, superuser if isinstance(superuser, str) else None),),
        kind="GetFederationToken",
    )
    subject = SessionSubject(type=PrincipalType.FEDERATED_USER, account_id=function.account_id, unique_id="", facts=facts)
    made = begin_session(call.environment.tokens, subject, call.random_bytes)
    return FunctionCredentials(made.access_key_id, made.secret_access_key, made.session_token, made.expires_at)


def _policy(secret_arn: str, superuser: str | None) -> str:
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": list(_ON_SECRET), "Resource": secret_arn},
        {"Effect": "Allow", "Action": "secretsmanager:GetRandomPassword", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": list(_ON_KEYS),
            "Resource": "*",
            "Condition": {"StringLike": {"kms:ViaService": "secretsmanager.*.amazonaws.com"}},  # of replicas' Regions too
        },
    ]
    if superuser is not None:
        statements.append({"Effect": "Allow", "Action": list(_ON_SECRET[:2]), "Resource": superuser})
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
