"""AssumeRoot: a short session of a member account's root user, for one task."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.calls.target import Conditions, Resource, Target
from strongroom.core.arn import root_arn
from strongroom.core.errors import AccessDenied, ValidationFailed
from strongroom.identity.managed_policies import AWS_MANAGED_POLICIES
from strongroom.identity.organisation import ROOT_CREDENTIALS_MANAGEMENT, ROOT_SESSIONS, is_closed, organisation_of
from strongroom.identity.principal import SessionFacts
from strongroom.identity.restrictions import ROOT_SESSION
from strongroom.identity.sessions import SessionSubject, begin_session
from strongroom.identity.tables import ACCOUNTS
from strongroom.policy.decision import PrincipalType
from strongroom.sts.responses import RECORDED_CREDENTIALS, credentials
from strongroom.sts.service import STS

if TYPE_CHECKING:
    from types_boto3_sts.type_defs import AssumeRootRequestTypeDef

LONGEST_ROOT_TASK = 900  # seconds, and the default
TARGET = re.compile(r"([0-9]{12})|arn:aws:iam::([0-9]{12}):root")
TASK_PATH = "/root-task/"


def _target(call: Call, request: Mapping[str, Any]) -> Target[str]:
    """Resolve TargetPrincipal. The right to do this is the management account's to give, so the root counts as a resource of its own."""
    named = TARGET.fullmatch(request["TargetPrincipal"])
    if named is None:
        raise ValidationFailed(f"{request['TargetPrincipal']} is not a valid target principal.")
    account_id = named[1] or named[2]
    arn = root_arn(account_id)
    return Target(Resource(arn, call.account_id), account_id, None if _may_be_assumed(call, account_id) else _denied(call, arn))


def _may_be_assumed(call: Call, account_id: str) -> bool:
    """Return whether the caller's account manages that account, and root sessions are enabled."""
    organisation = organisation_of(call.store)
    return (
        organisation is not None
        and organisation.management_account_id == call.account_id != account_id
        and {ROOT_SESSIONS, ROOT_CREDENTIALS_MANAGEMENT} & set(organisation.root_features) != set()
        and call.store.get(ACCOUNTS, account_id) is not None
        and not is_closed(call.store, account_id)
    )


def _denied(call: Call, arn: str) -> AccessDenied:
    return AccessDenied(f"User: {call.principal.arn} is not authorized to perform: sts:AssumeRoot on resource: {arn}")


def _conditions(_: Call, request: Mapping[str, Any]) -> Conditions:
    arn = request["TaskPolicyArn"].get("arn")
    return {"sts:taskpolicyarn": (arn,)} if arn is not None else {}


@STS.operation(
    "AssumeRoot",
    action="sts:AssumeRoot",
    resource=_target,
    conditions=_conditions,
    read_only=True,
    recorded=(*RECORDED_CREDENTIALS, "SourceIdentity"),
)
def assume_root(call: Call, account_id: str, request: "AssumeRootRequestTypeDef") -> Response:
    """Begin a session of a member account's root user that may do one of AWS's root tasks, and nothing else.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html
    """
    arn = request["TaskPolicyArn"].get("arn", "")
    task = AWS_MANAGED_POLICIES.get(arn)
    if task is None or task.path != TASK_PATH:
        raise ValidationFailed(f"{arn} is not a task policy that AssumeRoot takes here.")
    caller = call.principal.session
    facts = SessionFacts(
        issued_at=call.now,
        expires_at=float(int(call.now) + (request.get("DurationSeconds") or LONGEST_ROOT_TASK)),
        chained=caller is not None,
        policies=(task.document,),
        source_identity=caller.source_identity if caller else None,
        kind=ROOT_SESSION,
    )
    subject = SessionSubject(type=PrincipalType.ROOT, account_id=account_id, unique_id="", facts=facts)
    made = begin_session(call.environment.tokens, subject, call.random_bytes)
    return {"Credentials": credentials(made), "SourceIdentity": facts.source_identity}
