"""Sessions of users: GetSessionToken and GetFederationToken."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, NO_AUTHORISATION_ACTION, Response
from strongroom.calls.target import Conditions, Resource, Target
from strongroom.core.errors import AccessDenied
from strongroom.identity.principal import SessionFacts
from strongroom.identity.resolution import federated_user_arn
from strongroom.identity.restrictions import FEDERATION_TOKEN, SESSION_TOKEN
from strongroom.identity.sessions import SessionSubject, begin_session
from strongroom.policy.decision import PrincipalType
from strongroom.sts.conditions import session_conditions
from strongroom.sts.responses import RECORDED_CREDENTIALS, credentials
from strongroom.sts.rules.durations import user_session_duration
from strongroom.sts.rules.session_tags import requested_tags
from strongroom.sts.second_factor import second_factor
from strongroom.sts.service import STS
from strongroom.sts.session_policies import session_policies

if TYPE_CHECKING:
    from types_boto3_sts.type_defs import GetFederationTokenRequestTypeDef, GetSessionTokenRequestTypeDef

_USERS = frozenset({PrincipalType.ROOT, PrincipalType.USER})


def _ensure_long_lived(call: Call) -> None:
    """Return if a user's or the root user's long-lived key calls; every other caller is a session."""
    if call.principal.session is not None or call.principal.facts.type not in _USERS:
        raise AccessDenied(f"Cannot call {call.operation.name} with session credentials")


def _end(call: Call, wanted: int | None) -> float:
    root = call.principal.facts.type is PrincipalType.ROOT
    return float(int(call.now) + user_session_duration(wanted, root=root))


@STS.operation(
    SESSION_TOKEN,
    action=NO_AUTHORISATION_ACTION,
    resource=ANY_RESOURCE,
    read_only=True,
    hidden=("TokenCode",),
    recorded=RECORDED_CREDENTIALS,
)
def get_session_token(call: Call, request: "GetSessionTokenRequestTypeDef") -> Response:
    """Begin a session of the calling user, with its own rights.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    _ensure_long_lived(call)
    facts = SessionFacts(
        issued_at=call.now,
        expires_at=_end(call, request.get("DurationSeconds")),
        mfa_at=call.now if second_factor(call, request) else None,
        kind=SESSION_TOKEN,
    )
    subject = SessionSubject(
        type=call.principal.facts.type,
        account_id=call.account_id,
        unique_id=call.principal.facts.unique_id or "",
        facts=facts,
    )
    return {"Credentials": credentials(begin_session(call.environment.tokens, subject, call.random_bytes))}


def _federated_user(call: Call, request: Mapping[str, Any]) -> Target[str]:
    _ensure_long_lived(call)
    arn = federated_user_arn(call.account_id, request["Name"])
    return Target(Resource(arn, call.account_id), arn)


def _conditions(_: Call, request: Mapping[str, Any]) -> Conditions:
    return session_conditions(request)


@STS.operation(
    FEDERATION_TOKEN,
    action="sts:GetFederationToken",
    resource=_federated_user,
    conditions=_conditions,
    read_only=True,
    recorded=(*RECORDED_CREDENTIALS, "FederatedUser", "PackedPolicySize"),
)
def get_federation_token(call: Call, arn: str, request: "GetFederationTokenRequestTypeDef") -> Response:
    """Begin a session of a federated user: what the calling user may do and the session policies allow.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
    """
    tags = requested_tags(request.get("Tags", ()))
    if tags:
        call.authorise("sts:TagSession", Resource(arn, call.account_id), session_conditions(request))
    policies = session_policies(call, request, call.account_id, tags)
    facts = SessionFacts(
        issued_at=call.now,
        expires_at=_end(call, request.get("DurationSeconds")),
        name=request["Name"],
        policies=policies.texts,
        policy_arns=policies.arns,
        kind=FEDERATION_TOKEN,
    )
    subject = SessionSubject(
        type=PrincipalType.FEDERATED_USER,
        account_id=call.account_id,
        unique_id=call.principal.facts.unique_id or "",
        facts=facts,
        tags=tags,
    )
    return {
        "Credentials": credentials(begin_session(call.environment.tokens, subject, call.random_bytes)),
        "FederatedUser": {"FederatedUserId": f"{call.account_id}:{facts.name}", "Arn": arn},
        "PackedPolicySize": policies.packed_size,
    }
