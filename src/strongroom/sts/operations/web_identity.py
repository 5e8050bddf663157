"""AssumeRoleWithWebIdentity."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.calls.denials import Denied
from strongroom.calls.operation import AUTHORISED_BY_HANDLER, Response
from strongroom.core.errors import AccessDenied, ValidationFailed
from strongroom.crypto.web_identity import Claims, TokenProblem, TokenRefused, unverified_issuer
from strongroom.identity.principal import Principal, SessionFacts
from strongroom.identity.records import OidcProviderRecord, RoleRecord, name_key
from strongroom.identity.resolution import session_arn
from strongroom.identity.sessions import SessionSubject, begin_session
from strongroom.identity.tables import OIDC_PROVIDERS, ROLES
from strongroom.policy.decision import ContextValue, PrincipalFacts, PrincipalType
from strongroom.sts.conditions import session_conditions
from strongroom.sts.errors import IdentityProviderUnreachable, InvalidIdentityToken
from strongroom.sts.responses import RECORDED_CREDENTIALS, credentials
from strongroom.sts.role_target import ROLE_ARN, trust_of
from strongroom.sts.rules.durations import role_session_duration
from strongroom.sts.rules.session_tags import ensure_consistent, requested_tags
from strongroom.sts.rules.web_identity import WebIdentity, identity_conditions, malformed_token, web_identity
from strongroom.sts.service import STS
from strongroom.sts.session_policies import SessionPolicies, session_policies

if TYPE_CHECKING:
    from types_boto3_sts.type_defs import AssumeRoleWithWebIdentityRequestTypeDef

ACTION = "sts:AssumeRoleWithWebIdentity"
_SCHEME = "https://"


@STS.operation(
    "AssumeRoleWithWebIdentity",
    action=ACTION,
    resource=AUTHORISED_BY_HANDLER,
    read_only=True,
    hidden=("WebIdentityToken",),
    recorded=(
        *RECORDED_CREDENTIALS,
        "SubjectFromWebIdentityToken",
        "AssumedRoleUser",
        "PackedPolicySize",
        "Provider",
        "Audience",
        "SourceIdentity",
    ),
)
def assume_role_with_web_identity(call: Call, request: "AssumeRoleWithWebIdentityRequestTypeDef") -> Response:
    """Begin a session of a role for the bearer of an identity provider's token. Nothing is stored.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
    """
    arn = request["RoleArn"]
    match = ROLE_ARN.fullmatch(arn)
    if match is None:
        raise ValidationFailed(f"{arn} is invalid")
    call.account_id = match[1]  # whose trail has the event: attempts on its roles are that account's business
    provider, identity = _identity(call, match[1], request["WebIdentityToken"])
    call.principal = _bearer(provider, identity)
    role = call.store.get(ROLES, match[1], name_key(match[2]))
    if role is None or role.arn != arn:
        raise _refusal()
    tags = requested_tags([{"Key": key, "Value": value} for key, value in (identity.tags or {}).items()])
    ensure_consistent(tags, identity.transitive_tag_keys, {})
    _authorise(call, role, identity, tags, request)
    policies = session_policies(call, request, role.account_id, tags)
    facts = SessionFacts(
        issued_at=call.now,
        expires_at=float(int(call.now) + role_session_duration(request.get("DurationSeconds"), role.max_session_duration, chained=False)),
        name=request["RoleSessionName"],
        policies=policies.texts if policies.given else None,
        policy_arns=policies.arns,
        transitive_tag_keys=identity.transitive_tag_keys,
        source_identity=identity.source_identity,
        federated_provider=provider.arn,
        kind="AssumeRoleWithWebIdentity",
    )
    return _begin(call, role, facts, identity, tags, policies)


def _identity(call: Call, account_id: str, token: str) -> tuple[OidcProviderRecord, WebIdentity]:
    """Return the account's provider that has signed the token, and whom it speaks of.

    Raises InvalidIdentityToken, ExpiredIdentityToken, IdentityProviderUnreachable.
    """
    issuer = _issuer(token)
    name = issuer.removeprefix(_SCHEME).rstrip("/")
    provider = call.store.get(OIDC_PROVIDERS, account_id, name_key(name)) if issuer.startswith(_SCHEME) else None
    if provider is None or provider.name != name:
        raise InvalidIdentityToken(f"No OpenIDConnect provider found in your account for {issuer}")
    claims = _verified(call, issuer, token)
    if claims.get("iss") != issuer:
        raise malformed_token()
    return provider, web_identity(provider.name, provider.client_ids, claims, call.now)


def _issuer(token: str) -> str:
    try:
        return unverified_issuer(token)
    except TokenRefused:
        raise malformed_token() from None


def _verified(call: Call, issuer: str, token: str) -> Claims:
    providers = call.environment.identity_providers
    if providers is None:
        raise IdentityProviderUnreachable
    call.ensure_may_block()
    try:
        return providers.verified_claims(issuer, token, call.now)
    except TokenRefused as refused:
        if refused.problem is TokenProblem.UNREACHABLE:
            raise IdentityProviderUnreachable from None
        if refused.problem is TokenProblem.UNKNOWN_KEY:
            raise InvalidIdentityToken(
                "Couldn't retrieve verification key from your identity provider, "
                "please reference AssumeRoleWithWebIdentity documentation for requirements"
            ) from None
        raise malformed_token() from None


def _bearer(provider: OidcProviderRecord, identity: WebIdentity) -> Principal:
    """Return the caller as trust policies see it: the provider's token, and no principal of the account yet.

    It has no ARN and no unique id: an issuer chooses the subject, and must not be able to name a user or a role by it.
    """
    facts = PrincipalFacts(PrincipalType.ANONYMOUS, provider.account_id, "", federated_provider=provider.arn)
    return Principal(facts, f"{provider.name}:{identity.audience}:{identity.subject}", user_name=identity.subject)


def _authorise(call: Call, role: RoleRecord, identity: WebIdentity, tags: Mapping[str, str], request: Mapping[str, Any]) -> None:
    """Ask the role's trust policy, for tags and a source identity too. Raises AccessDenied in AWS's words; the event says more."""
    conditions: dict[str, ContextValue] = {**session_conditions(request), **identity_conditions(identity)}
    if tags:
        conditions |= {f"aws:requesttag/{key.lower()}": (value,) for key, value in tags.items()}
        conditions |= {"aws:tagkeys": tuple(tags)}
    if identity.transitive_tag_keys:
        conditions["sts:transitivetagkeys"] = identity.transitive_tag_keys
    if identity.source_identity is not None:
        conditions["sts:sourceidentity"] = (identity.source_identity,)
    wanted = [ACTION, *(["sts:TagSession"] if tags else []), *(["sts:SetSourceIdentity"] if identity.source_identity else [])]
    try:
        for action in wanted:
            call.authorise(action, trust_of(role), conditions)
    except Denied as denied:
        call.additional["decision"] = dict(denied.decision)
        raise _refusal() from None


def _refusal() -> AccessDenied:
    """Return one answer for a role that does not exist and one that does not trust the bearer."""
    return AccessDenied(f"Not authorized to perform {ACTION}")


def _begin(
    call: Call, role: RoleRecord, facts: SessionFacts, identity: WebIdentity, tags: dict[str, str], policies: SessionPolicies
) -> Response:
    subject = SessionSubject(
        type=PrincipalType.ASSUMED_ROLE,
        account_id=role.account_id,
        unique_id=role.unique_id,
        facts=facts,
        role_key=role.name_key,
        tags=tags,
    )
    return {
        "Credentials": credentials(begin_session(call.environment.tokens, subject, call.random_bytes)),
        "SubjectFromWebIdentityToken": identity.subject,
        "AssumedRoleUser": {"AssumedRoleId": f"{role.unique_id}:{facts.name}", "Arn": session_arn(role, facts.name)},
        "PackedPolicySize": policies.packed_size or None,
        "Provider": f"arn:aws:iam::{role.account_id}:oidc-provider/{identity.provider}",
        "Audience": identity.audience,
        "SourceIdentity": facts.source_identity,
    }
