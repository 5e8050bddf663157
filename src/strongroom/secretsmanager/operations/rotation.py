"""Setting rotation up and switching it off."""

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.core.errors import AccessDenied, ApiError
from strongroom.secretsmanager.changes import save, with_value
from strongroom.secretsmanager.conditions import request_conditions, rotation_conditions
from strongroom.secretsmanager.encryption import SecretValue, open_value
from strongroom.secretsmanager.errors import TOKEN_WANTED, InvalidParameter, InvalidRequest
from strongroom.secretsmanager.operations.secrets import NAMED
from strongroom.secretsmanager.records import RotationRecord, SecretRecord
from strongroom.secretsmanager.resolve import writable_secret_in_request
from strongroom.secretsmanager.rules.rotation import needs_superuser, stopped, takes_superuser, with_run, with_schedule
from strongroom.secretsmanager.rules.schedules import rules_from
from strongroom.secretsmanager.rules.stages import CURRENT, PENDING, with_new_value
from strongroom.secretsmanager.service import SECRETS_MANAGER, operation
from strongroom.secretsmanager.tables import VERSIONS

if TYPE_CHECKING:
    from types_boto3_secretsmanager.type_defs import CancelRotateSecretRequestTypeDef, RotateSecretRequestTypeDef

NO_FUNCTION = "No Lambda rotation function ARN is associated with this secret."
NOT_COMPLETE = "A previous rotation isn't complete. That rotation will be reattempted."
NO_SUPERUSER = "The secret has no masterarn: rotation for alternating users needs the ARN of the superuser's secret."
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

    The engine runs the steps once this is committed. Nothing changes where the rotation function can't be invoked. Without
    RotateImmediately, testSecret alone is run on a copy of the current value.
    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
    """
    token = request.get("ClientRequestToken")
    if token is None:
        raise InvalidParameter(TOKEN_WANTED)
    if _is_under_way(secret, token):
        return {"ARN": secret.arn, "Name": secret.name, "VersionId": token}
    rotation = _configured(secret, request)
    if secret.stages.get(PENDING) not in (None, secret.stages.get(CURRENT)):
        raise InvalidRequest(NOT_COMPLETE)
    _ensure_invokable(call, secret, rotation.lambda_arn or "")
    if token not in secret.versions:
        configured = with_schedule(replace(secret, rotation=rotation), call.now)
        begin = _begun if request.get("RotateImmediately", True) else _tested
        save(call, begin(call, configured, token))
    return {"ARN": secret.arn, "Name": secret.name, "VersionId": token}


def _is_under_way(secret: SecretRecord, token: str) -> bool:
    """Return whether this very request was taken before: SDKs repeat a call whose answer was lost."""
    return secret.rotation is not None and secret.rotation.run is not None and secret.rotation.run.token == token


def _configured(secret: SecretRecord, request: "RotateSecretRequestTypeDef") -> RotationRecord:
    """Return the new settings: what the request leaves out stays. Raises InvalidRequest, InvalidParameter."""
    stored = secret.rotation or RotationRecord(enabled=True)
    rules = rules_from(request["RotationRules"]) if "RotationRules" in request else stored.rules
    lambda_arn = request.get("RotationLambdaARN") or stored.lambda_arn
    if not lambda_arn:
        raise InvalidRequest(NO_FUNCTION)
    return replace(stored, enabled=True, lambda_arn=lambda_arn, rules=rules, run=None, failure=None)


def _ensure_invokable(call: Call, secret: SecretRecord, lambda_arn: str) -> None:
    """Return if both the caller and Secrets Manager could invoke the function. Raises AccessDenied."""
    dry_run = {"FunctionName": lambda_arn, "InvocationType": "DryRun"}
    try:
        call.invoke("lambda", "Invoke", dry_run)
        call.invoke_as(SECRETS_MANAGER.event_source, "lambda", "Invoke", dry_run, source=(secret.account_id, secret.arn))
    except ApiError as error:
        raise AccessDenied(NOT_INVOKABLE) from error


def _begun(call: Call, secret: SecretRecord, token: str) -> SecretRecord:
    """Return the secret with the empty version that the rotation will fill."""
    return with_run(_with_superuser(call, secret), token, call.now)


def _tested(call: Call, secret: SecretRecord, token: str) -> SecretRecord:
    """Return the secret with a copy of its current value as AWSPENDING, for testSecret alone; as it is where it has no value."""
    secret = _with_superuser(call, secret)
    value = _current_value(call, secret)
    if value is None:
        return secret
    pending = with_value(call, secret, token, value, with_new_value(secret.stages, token, [PENDING]))
    return with_run(pending, token, call.now, test=True)


def _current_value(call: Call, secret: SecretRecord) -> SecretValue | None:
    current = secret.stages.get(CURRENT)
    version = call.store.get(VERSIONS, secret.account_id, secret.region, secret.secret_id, current) if current else None
    return open_value(call, secret, version) if version is not None else None


def _with_superuser(call: Call, secret: SecretRecord) -> SecretRecord:
    """Return the secret with the superuser's secret that its template may read: one that this caller may read too.

    Otherwise whoever can change a secret could have the template change any user's password with anybody's superuser.
    """
    rotation = secret.rotation
    if rotation is None or not takes_superuser(rotation.lambda_arn or ""):
        return secret
    value = _current_value(call, secret)
    try:
        superuser: Any = msgspec.json.decode(value.data.reveal()).get("masterarn") if value else None
    except (ValueError, AttributeError):
        superuser = None
    if not isinstance(superuser, str):
        if needs_superuser(rotation.lambda_arn or ""):
            raise InvalidRequest(NO_SUPERUSER)
        return replace(secret, rotation=replace(rotation, superuser_arn=None))
    arn = call.invoke("secretsmanager", "GetSecretValue", {"SecretId": superuser})["ARN"]
    return replace(secret, rotation=replace(rotation, superuser_arn=arn))


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
        save(call, stopped(secret))
    pending = secret.stages.get(PENDING)
    return {"ARN": secret.arn, "Name": secret.name, "VersionId": pending if pending != secret.stages.get(CURRENT) else None}
