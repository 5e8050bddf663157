"""AssumeRole."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.calls.target import Conditions, Target
from strongroom.core.errors import AccessDenied
from strongroom.identity.principal import SessionFacts
from strongroom.identity.records import RoleRecord
from strongroom.identity.resolution import session_arn
from strongroom.identity.sessions import SessionSubject, begin_session
from strongroom.policy.decision import PrincipalType
from strongroom.sts.conditions import MFA_CONDITIONS, session_conditions
from strongroom.sts.responses import RECORDED_CREDENTIALS, credentials
from strongroom.sts.role_target import role_in_request, trust_of
from strongroom.sts.rules.durations import role_session_duration
from strongroom.sts.rules.session_tags import ensure_consistent, inherited_tags, requested_tags
from strongroom.sts.second_factor import second_factor
from strongroom.sts.service import STS
from strongroom.sts.session_policies import SessionPolicies, session_policies

if TYPE_CHECKING:
    from types_boto3_sts.type_defs import AssumeRoleRequestTypeDef


def _conditions(_: Call, request: Mapping[str, Any]) -> Conditions:
    return session_conditions(request) | (MFA_CONDITIONS if "SerialNumber" in request else {})


def _role_after_second_factor(call: Call, request: Mapping[str, Any]) -> Target[RoleRecord]:
    second_factor(call, request)
    return role_in_request(call, request)


@STS.operation(
    "AssumeRole",
    action="sts:AssumeRole",
    resource=_role_after_second_factor,
    conditions=_conditions,
    read_only=True,
    hidden=("TokenCode",),
    recorded=(*RECORDED_CREDENTIALS, "AssumedRoleUser", "PackedPolicySize", "SourceIdentity"),
)
def assume_role(call: Call, role: RoleRecord, request: "AssumeRoleRequestTypeDef") -> Response:
    """Begin a session of a role. Nothing is stored, except that an MFA code is used up.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    transitive = tuple(request.get("TransitiveTagKeys", ()))
    tags = requested_tags(request.get("Tags", ()))
    caller = call.principal.session
    inherited = inherited_tags(call.principal.tags, caller.transitive_tag_keys) if caller else {}
    ensure_consistent(tags, transitive, inherited)
    identity = _source_identity(call, request)
    _authorise_more(call, role, request, tags=bool(tags or inherited), identity=identity)
    policies = session_policies(call, request, role.account_id, tags)
    chained = call.principal.facts.type is PrincipalType.ASSUMED_ROLE
    duration = role_session_duration(request.get("DurationSeconds"), role.max_session_duration, chained=chained)
    facts = SessionFacts(
        issued_at=call.now,
        expires_at=float(int(call.now) + duration),
        name=request["RoleSessionName"],
        mfa_at=call.now if "SerialNumber" in request else None,
        chained=chained,
        policies=policies.texts if policies.given else None,
        policy_arns=policies.arns,
        transitive_tag_keys=(*(caller.transitive_tag_keys if caller else ()), *transitive),
        source_identity=identity,
    )
    return _begin(call, role, facts, inherited | tags, policies)


def _begin(call: Call, role: RoleRecord, facts: SessionFacts, tags: dict[str, str], policies: SessionPolicies) -> Response:
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
        "AssumedRoleUser": {"AssumedRoleId": f"{role.unique_id}:{facts.name}", "Arn": session_arn(role, facts.name)},
        "PackedPolicySize": policies.packed_size or None,
        "SourceIdentity": facts.source_identity,
    }


def _source_identity(call: Call, request: "AssumeRoleRequestTypeDef") -> str | None:
    """Return the source identity of the new session: once set, it stays through chaining."""
    wanted = request.get("SourceIdentity")
    caller = call.principal.session
    inherited = caller.source_identity if caller else None
    if inherited is not None and wanted not in {None, inherited}:
        raise AccessDenied("The source identity of the calling session cannot be changed.")
    return inherited or wanted


def _authorise_more(call: Call, role: RoleRecord, request: "AssumeRoleRequestTypeDef", *, tags: bool, identity: str | None) -> None:
    """Passing tags and a source identity are actions of their own, which the trust policy must allow too."""
    if tags:
        call.authorise("sts:TagSession", trust_of(role), session_conditions(request))
    if identity is not None:
        call.authorise("sts:SetSourceIdentity", trust_of(role), session_conditions(request) | {"sts:sourceidentity": (identity,)})
