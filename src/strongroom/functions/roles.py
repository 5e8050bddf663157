"""Execution roles: who may give one to a function, and the credentials that a run gets from it."""

from strongroom.calls.call import Call
from strongroom.calls.functions import FunctionCredentials
from strongroom.calls.target import Resource
from strongroom.core.errors import ApiError
from strongroom.core.secret import SecretBytes
from strongroom.functions.errors import InvalidParameterValue
from strongroom.functions.records import FunctionRecord
from strongroom.functions.service import LAMBDA

SESSION_SECONDS = 3600
PASS_ROLE = "iam:PassRole"  # noqa: S105 - an action


def ensure_role(call: Call, role: str) -> None:
    """Return if the caller may pass the role and Lambda may assume it. Raises AccessDenied, InvalidParameterValue."""
    call.authorise(PASS_ROLE, Resource(role, call.account_id), {"iam:passedtoservice": (LAMBDA.event_source,)})
    assume_role(call, role, "check")


def assume_role(call: Call, role: str, session: str) -> FunctionCredentials:
    """Return credentials of the role. Raises InvalidParameterValue if its trust policy does not name Lambda."""
    request = {"RoleArn": role, "RoleSessionName": session, "DurationSeconds": SESSION_SECONDS}
    try:
        given = call.invoke_as(LAMBDA.event_source, "sts", "AssumeRole", request)["Credentials"]
    except ApiError as error:
        raise InvalidParameterValue("The role defined for the function cannot be assumed by Lambda.") from error
    return FunctionCredentials(
        given["AccessKeyId"], SecretBytes(given["SecretAccessKey"].encode()), given["SessionToken"], given["Expiration"]
    )


def execution_credentials(call: Call, function: FunctionRecord) -> FunctionCredentials:
    """Return what a run of `function` calls the server with: a session of its role that is named after the function."""
    return assume_role(call, function.role, function.name)
