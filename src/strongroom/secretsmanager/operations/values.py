"""Reading and storing secret values."""

from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.secretsmanager.changes import save, with_value
from strongroom.secretsmanager.conditions import request_conditions, value_conditions
from strongroom.secretsmanager.encryption import open_value
from strongroom.secretsmanager.errors import LabelNotFound, NoValue, VersionLacksLabel, VersionNotFound
from strongroom.secretsmanager.operations.secrets import NAMED, VALUES
from strongroom.secretsmanager.reads import note_read
from strongroom.secretsmanager.records import SecretRecord
from strongroom.secretsmanager.requests import is_repeated, token_in, value_in
from strongroom.secretsmanager.resolve import active_secret_in_request, writable_secret_in_request
from strongroom.secretsmanager.rules.stages import CURRENT, labels_of, with_new_value
from strongroom.secretsmanager.service import operation
from strongroom.secretsmanager.tables import VERSIONS

if TYPE_CHECKING:
    from types_boto3_secretsmanager.type_defs import GetSecretValueRequestTypeDef, PutSecretValueRequestTypeDef


@operation("GetSecretValue", action="secretsmanager:GetSecretValue", resource=active_secret_in_request, conditions=value_conditions)
def get_secret_value(call: Call, secret: SecretRecord, request: "GetSecretValueRequestTypeDef") -> dict[str, Any]:
    """Return the value of one version: of AWSCURRENT unless the request names another.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
    """
    version_id = _wanted_version(secret, request)
    version = call.store.get(VERSIONS, secret.account_id, secret.region, secret.secret_id, version_id)
    if version is None:
        raise _no_value(request)
    value = open_value(call, secret, version)
    note_read(call, secret, version_id)
    return {
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": version_id,
        **value.member(),
        "VersionStages": labels_of(secret.stages, version_id) or None,
        "CreatedDate": secret.versions[version_id].created,
    }


def _wanted_version(secret: SecretRecord, request: "GetSecretValueRequestTypeDef") -> str:
    """Return the version id that the request means. Raises LabelNotFound, VersionNotFound, VersionLacksLabel."""
    version_id, label = request.get("VersionId"), request.get("VersionStage")
    if version_id is None:
        version_id = secret.stages.get(label or CURRENT)
        if version_id is None:
            raise _no_value(request)
    elif version_id not in secret.versions:
        raise VersionNotFound(version_id)
    elif label is not None and secret.stages.get(label) != version_id:
        raise VersionLacksLabel
    return version_id


def _no_value(request: "GetSecretValueRequestTypeDef") -> LabelNotFound | VersionNotFound:
    version_id = request.get("VersionId")
    return VersionNotFound(version_id) if version_id else LabelNotFound(request.get("VersionStage", CURRENT))


@operation(
    "PutSecretValue",
    action="secretsmanager:PutSecretValue",
    resource=writable_secret_in_request,
    conditions=request_conditions,
    hidden=VALUES,
    recorded=NAMED,
)
def put_secret_value(call: Call, secret: SecretRecord, request: "PutSecretValueRequestTypeDef") -> dict[str, Any]:
    """Store a new version, or the value of the empty one that a rotation made under this token.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
    """
    value = value_in(request)
    if value is None:
        raise NoValue
    version_id = token_in(request)
    if not is_repeated(call, secret, version_id, value):
        stages = with_new_value(secret.stages, version_id, request.get("VersionStages") or [CURRENT])
        secret = save(call, with_value(call, secret, version_id, value, stages))
    labels = labels_of(secret.stages, version_id)
    return {"ARN": secret.arn, "Name": secret.name, "VersionId": version_id, "VersionStages": labels or None}
