"""What temporary credentials may not call, whatever their policies say.

Source: IAM User Guide, "Compare AWS STS credentials".
"""

from strongroom.identity.principal import Principal
from strongroom.policy.decision import PrincipalType

SESSION_TOKEN = "GetSessionToken"  # noqa: S105 - the name of an operation
ROOT_SESSION = "AssumeRoot"
FEDERATION_TOKEN = "GetFederationToken"  # noqa: S105 - the name of an operation
_STS_FOR_SESSION_TOKEN = frozenset({"AssumeRole", "GetCallerIdentity"})
_STS_FOR_FEDERATED_USER = frozenset({"GetCallerIdentity"})


def forbidden(principal: Principal, service: str, operation: str) -> str | None:
    """Return why `principal` may never call `service`:`operation`, as the text of an AccessDenied; None if its policies decide.

    Credentials of GetSessionToken call IAM only with MFA, and of STS only AssumeRole and GetCallerIdentity. Those of
    GetFederationToken call nothing of IAM, and of STS GetCallerIdentity only. No session calls GetSessionToken or GetFederationToken.
    """
    session = principal.session
    if session is None:
        return None
    if service == "sts":
        return _forbidden_in_sts(principal, operation)
    if service != "iam":
        return None
    federated = principal.facts.type is PrincipalType.FEDERATED_USER
    if federated or (session.kind == SESSION_TOKEN and session.mfa_at is None):
        return f"User: {principal.arn} is not authorized to perform: iam:{operation} with these session credentials"
    return None


def _forbidden_in_sts(principal: Principal, operation: str) -> str | None:
    if operation in {SESSION_TOKEN, FEDERATION_TOKEN}:
        return f"Cannot call {operation} with session credentials"
    if principal.facts.type is PrincipalType.FEDERATED_USER:
        allowed = _STS_FOR_FEDERATED_USER
    elif principal.session is not None and principal.session.kind == SESSION_TOKEN:
        allowed = _STS_FOR_SESSION_TOKEN
    else:
        return None
    return None if operation in allowed else f"Cannot call {operation} with session credentials"
