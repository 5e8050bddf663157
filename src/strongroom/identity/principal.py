"""Who calls: the identity that a verified signature (or the server itself) stands for."""

from collections.abc import Mapping

import msgspec

from strongroom.policy.decision import PrincipalFacts, PrincipalType


class SessionFacts(msgspec.Struct, frozen=True):
    """What a temporary credential carries besides the identity.

    Attributes:
        issued_at, expires_at: seconds since the epoch.
        mfa_at: when the caller proved a second factor, else None.
        chained: True if a session assumed this one.
        policies: JSON texts of inline session policies; None where the session has none at all.
        policy_arns: managed policies passed as session policies.
        transitive_tag_keys: session tags that are passed on when another role is assumed.
    """

    issued_at: float
    expires_at: float
    name: str = ""
    mfa_at: float | None = None
    chained: bool = False
    policies: tuple[str, ...] | None = None
    policy_arns: tuple[str, ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None
    federated_provider: str | None = None
    kind: str = "AssumeRole"


class Principal(msgspec.Struct, frozen=True):
    """An authenticated caller.

    Attributes:
        facts: what policies can name.
        user_id: aws:userid: AIDA..., AROA...:session, account:name, or the account id for root.
        access_key_id: what signed the request; empty for the server's own calls.
        user_name: IAM user name, role name of a session, or None.
        tags: aws:PrincipalTag/...: user tags, or role tags under session tags.
        issuer_id: for a federated user: AIDA... of the user, or the account id of the root user, whom it acts for.
        source_arn: for the server's own services, the resource on whose behalf they call (aws:SourceArn).
    """

    facts: PrincipalFacts
    user_id: str
    access_key_id: str = ""
    user_name: str | None = None
    path: str = "/"
    tags: Mapping[str, str] = msgspec.field(default_factory=dict)
    session: SessionFacts | None = None
    issuer_id: str | None = None
    source_arn: str = ""

    @property
    def account_id(self) -> str:
        """Return the account that the caller belongs to."""
        return self.facts.account_id

    @property
    def arn(self) -> str:
        """Return the ARN that GetCallerIdentity and AccessDenied texts show."""
        return self.facts.arn


def root_principal(account_id: str, arn: str, access_key_id: str = "") -> Principal:
    """Return the root user of an account."""
    return Principal(PrincipalFacts(PrincipalType.ROOT, account_id, arn), user_id=account_id, access_key_id=access_key_id)


def service_principal(service: str, account_id: str, source_arn: str = "") -> Principal:
    """Return one of the server's own services, such as `secretsmanager.amazonaws.com`, at work for a resource of an account."""
    facts = PrincipalFacts(PrincipalType.SERVICE, account_id, service, service=service)
    return Principal(facts, user_id=service, source_arn=source_arn)
