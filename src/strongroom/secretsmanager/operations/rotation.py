"""Setting rotation up and switching it off."""

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.core.errors import AccessDenied, ApiError
from strongroom.secretsmanager.changes import save
from strongroom.secretsmanager.conditions import request_conditions, rotation_conditions
from strongroom.secretsmanager.errors import TOKEN_WANTED, InvalidParameter, InvalidRequest
from strongroom.secretsmanager.operations.secrets import NAMED
from strongroom.secretsmanager.records import RotationRecord, SecretRecord, VersionEntry
from strongroom.secretsmanager.resolve import writable_secret_in_request
from strongroom.secretsmanager.rules.schedules import next_rotation_date, rules_from
from strongroom.secretsmanager.rules.stages import CURRENT, PENDING
from strongroom.secretsmanager.service import operation

if TYPE_CHECKING:
    from types_boto3_secretsmanager.type_defs import CancelRotateSecretRequestTypeDef, RotateSecretRequestTypeDef

NO_FUNCTION = "No Lambda rotation function ARN is associated with this secret."
NOT_COMPLETE = "A previous rotation isn't complete. That rotation will be reattempted."
NOT_INVOKABLE = (
    "Secrets Manager cannot invoke the specified Lambda function. "
    "Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com."
)


@operation(
    "RotateSecret",
    action="secretsmanager:RotateSecret",
    resource=writable_secret_in_request,
    conditions=rotation_conditions,
    recorded=NAMED,
)
def rotate_secret(call: Call, secret: SecretRecord, request: "RotateSecretRequestTypeDef") -> dict[str, Any]:
    """Set how the secret rotates, and begin a rotation with an empty AWSPENDING version unless that is to wait for the schedule.

    Nothing changes where the rotation function can't be invoked.
    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
    """
    token = request.get("ClientRequestToken")
    if token is None:
        raise InvalidParameter(TOKEN_WANTED)
    rotation = _configured(call, secret, request)
    if secret.stages.get(PENDING) not in (None, secret.stages.get(CURRENT)):
        raise InvalidRequest(NOT_COMPLETE)
    _ensure_invokable(call, rotation.lambda_arn or "")
    changed = replace(secret, rotation=rotation)
    if request.get("RotateImmediately", True):
        changed = _begun(call, changed, token)
    save(call, changed)
    return {"ARN": secret.arn, "Name": secret.name, "VersionId": token}


def _configured(call: Call, secret: SecretRecord, request: "RotateSecretRequestTypeDef") -> RotationRecord:
    """Return the new settings: what the request leaves out stays. Raises InvalidRequest, InvalidParameter."""
    stored = secret.rotation or RotationRecord(enabled=True)
    rules = rules_from(request["RotationRules"]) if "RotationRules" in request else stored.rules
    lambda_arn = request.get("RotationLambdaARN") or stored.lambda_arn
    if not lambda_arn:
        raise InvalidRequest(NO_FUNCTION)
    due = next_rotation_date(rules, call.now) if rules is not None else None
    return replace(stored, enabled=True, lambda_arn=lambda_arn, rules=rules, next_rotation=due)


def _ensure_invokable(call: Call, lambda_arn: str) -> None:
    """Return if the function could be invoked. Raises AccessDenied; on a server without functions, always."""
    try:
        call.invoke("lambda", "Invoke", {"FunctionName": lambda_arn, "InvocationType": "DryRun"})
    except ApiError as error:
        raise AccessDenied(NOT_INVOKABLE) from error


def _begun(call: Call, secret: SecretRecord, token: str) -> SecretRecord:
    """Return the secret with the empty version that the rotation will fill."""
    if token in secret.versions:
        return secret
    versions = {**secret.versions, token: VersionEntry(created=call.now, has_value=False)}
    return replace(secret, versions=versions, stages={**secret.stages, PENDING: token})


@operation(
    "CancelRotateSecret",
    action="secretsmanager:CancelRotateSecret",
    resource=writable_secret_in_request,
    conditions=request_conditions,
    recorded=NAMED,
)
def cancel_rotate_secret(call: Call, secret: SecretRecord, request: "CancelRotateSecretRequestTypeDef") -> dict[str, Any]:
    """Switch rotation off; labels and settings stay, and so does the version of an unfinished rotation, whose id is returned.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CancelRotateSecret.html
    """
    del request
    if secret.rotation is not None and secret.rotation.enabled:
        save(call, replace(secret, rotation=replace(secret.rotation, enabled=False)))
    pending = secret.stages.get(PENDING)
    return {"ARN": secret.arn, "Name": secret.name, "VersionId": pending if pending != secret.stages.get(CURRENT) else None}
