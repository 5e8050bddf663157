"""CloudTrail's userIdentity. The principal comes in by its shape, because identity/ and audit/ are neighbours.

Source: CloudTrail User Guide, "CloudTrail userIdentity element".
"""

from typing import Any, Protocol

from strongroom.audit.facts import CallerFacts
from strongroom.audit.times import iso_seconds
from strongroom.core.arn import format_arn, root_arn
from strongroom.policy.decision import PrincipalFacts, PrincipalType


class CallerSession(Protocol):
    """What userIdentity needs of identity.principal.SessionFacts."""

    @property
    def issued_at(self) -> float:
        """Return seconds since the epoch."""
        ...

    @property
    def mfa_at(self) -> float | None:
        """Return when a second factor was proved."""
        ...

    @property
    def source_identity(self) -> str | None:
        """Return sts:SourceIdentity."""
        ...

    @property
    def federated_provider(self) -> str | None:
        """Return the provider of a web identity session."""
        ...


class Caller(Protocol):
    """What userIdentity needs of identity.principal.Principal."""

    @property
    def facts(self) -> PrincipalFacts:
        """Return type, account and ARNs."""
        ...

    @property
    def user_id(self) -> str:
        """Return aws:userid."""
        ...

    @property
    def access_key_id(self) -> str:
        """Return what signed the request."""
        ...

    @property
    def user_name(self) -> str | None:
        """Return the IAM user's or the role's name."""
        ...

    @property
    def session(self) -> CallerSession | None:
        """Return what a temporary credential carries besides."""
        ...

    @property
    def issuer_id(self) -> str | None:
        """Return for whom a federated user acts."""
        ...


_TYPES = {
    PrincipalType.ROOT: "Root",
    PrincipalType.USER: "IAMUser",
    PrincipalType.ASSUMED_ROLE: "AssumedRole",
    PrincipalType.FEDERATED_USER: "FederatedUser",
}


def caller_facts(caller: Caller, invoked_by: str | None = None) -> CallerFacts:
    """Return the userIdentity of a principal; `invoked_by` names the service that passed its rights on."""
    facts = caller.facts
    if facts.type is PrincipalType.SERVICE:
        return service_caller(facts.account_id, invoked_by or facts.service or "", kind="AWSService")
    identity = _anonymous(caller) if facts.type is PrincipalType.ANONYMOUS else _signed(caller)
    if invoked_by:
        identity["invokedBy"] = invoked_by
    return CallerFacts(identity, facts.account_id)


def service_caller(account_id: str, invoked_by: str, kind: str | None = None) -> CallerFacts:
    """Return the userIdentity of an act that no client asked for; `AWS Internal` has an account and no type."""
    identity = {"type": kind, "invokedBy": invoked_by} if kind else {"accountId": account_id, "invokedBy": invoked_by}
    return CallerFacts(identity, account_id)


def unknown_caller() -> CallerFacts:
    """Return the userIdentity of a request whose signature told nothing. No account's trail holds its event."""
    return CallerFacts({"type": "Unknown"}, "")


def _signed(caller: Caller) -> dict[str, Any]:
    facts = caller.facts
    identity: dict[str, Any] = {
        "type": _TYPES[facts.type],
        "principalId": caller.user_id,
        "arn": facts.arn,
        "accountId": facts.account_id,
        "accessKeyId": caller.access_key_id,
    }
    if facts.type is PrincipalType.USER and caller.user_name:
        identity["userName"] = caller.user_name
    if caller.session is not None:
        identity["sessionContext"] = _session_context(caller, caller.session)
    return identity


def _anonymous(caller: Caller) -> dict[str, Any]:
    """Unsigned STS calls: a web identity names itself; anything else stays nameless."""
    provider = caller.facts.federated_provider
    if provider is None:
        return {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}
    return {"type": "WebIdentityUser", "principalId": caller.user_id, "userName": caller.user_name or "", "identityProvider": provider}


def _session_context(caller: Caller, session: CallerSession) -> dict[str, Any]:
    context: dict[str, Any] = {}
    issuer = _session_issuer(caller)
    if issuer:
        context["sessionIssuer"] = issuer
    if session.federated_provider:
        context["webIdFederationData"] = {"federatedProvider": session.federated_provider, "attributes": {}}
    context["attributes"] = {
        "creationDate": iso_seconds(int(session.issued_at)),
        "mfaAuthenticated": "false" if session.mfa_at is None else "true",
    }
    if session.source_identity:
        context["sourceIdentity"] = session.source_identity
    return context


def _session_issuer(caller: Caller) -> dict[str, Any] | None:
    facts = caller.facts
    if facts.type is PrincipalType.ASSUMED_ROLE and facts.role_arn:
        issuer = {"type": "Role", "principalId": facts.unique_id or "", "arn": facts.role_arn, "accountId": facts.account_id}
        return {**issuer, "userName": caller.user_name or facts.role_arn.rpartition("/")[2]}
    if facts.type is not PrincipalType.FEDERATED_USER or caller.issuer_id is None:
        return None
    if caller.issuer_id == facts.account_id:
        return {"type": "Root", "principalId": facts.account_id, "arn": root_arn(facts.account_id), "accountId": facts.account_id}
    issuer = {"type": "IAMUser", "principalId": caller.issuer_id, "accountId": facts.account_id}
    if caller.user_name:
        issuer |= {"arn": format_arn("iam", "", facts.account_id, f"user/{caller.user_name}"), "userName": caller.user_name}
    return issuer
