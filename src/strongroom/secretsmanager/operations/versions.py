"""Versions of a secret: their list, and their staging labels."""

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.calls.pagination import cut_page, page_position
from strongroom.secretsmanager.changes import save
from strongroom.secretsmanager.conditions import request_conditions
from strongroom.secretsmanager.errors import InvalidNextToken, VersionNotFound
from strongroom.secretsmanager.reads import version_read
from strongroom.secretsmanager.records import SecretRecord, VersionEntry
from strongroom.secretsmanager.resolve import secret_in_request, writable_secret_in_request
from strongroom.secretsmanager.rules.limits import MOST_LISTED
from strongroom.secretsmanager.rules.stages import labels_of, with_label_moved
from strongroom.secretsmanager.service import operation

if TYPE_CHECKING:
    from types_boto3_secretsmanager.type_defs import ListSecretVersionIdsRequestTypeDef, UpdateSecretVersionStageRequestTypeDef

DEFAULT_KEY_NAME = "DefaultEncryptionKey"


@operation("ListSecretVersionIds", action="secretsmanager:ListSecretVersionIds", resource=secret_in_request, conditions=request_conditions)
def list_secret_version_ids(call: Call, secret: SecretRecord, request: "ListSecretVersionIdsRequestTypeDef") -> dict[str, Any]:
    """List the versions that hold a value, oldest first; those without labels only with IncludeDeprecated.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html
    """
    limit = request.get("MaxResults", MOST_LISTED)
    position = page_position(call, request.get("NextToken"), InvalidNextToken)
    after = (float(position[0] or 0), str(position[1])) if position else (0.0, "")
    labelled = None if request.get("IncludeDeprecated") else set(secret.stages.values())
    found = sorted(
        (entry.created, version_id)
        for version_id, entry in secret.versions.items()
        if entry.has_value and (labelled is None or version_id in labelled) and (entry.created, version_id) > after
    )
    page, token = cut_page(call, found, limit, lambda position: position)
    versions = [_version_member(call, secret, version_id, secret.versions[version_id]) for _, version_id in page]
    return {"Versions": versions, "NextToken": token, "ARN": secret.arn, "Name": secret.name}


def _version_member(call: Call, secret: SecretRecord, version_id: str, entry: VersionEntry) -> dict[str, Any]:
    return {
        "VersionId": version_id,
        "VersionStages": labels_of(secret.stages, version_id) or None,
        "LastAccessedDate": version_read(call.store, secret, version_id),
        "CreatedDate": entry.created,
        "KmsKeyIds": [entry.kms_key_id or DEFAULT_KEY_NAME],
    }


@operation(
    "UpdateSecretVersionStage",
    action="secretsmanager:UpdateSecretVersionStage",
    resource=writable_secret_in_request,
    conditions=request_conditions,
    recorded=("ARN", "Name"),
)
def update_secret_version_stage(call: Call, secret: SecretRecord, request: "UpdateSecretVersionStageRequestTypeDef") -> dict[str, Any]:
    """Attach, move or remove a staging label.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
    """
    move_to, remove_from = request.get("MoveToVersionId"), request.get("RemoveFromVersionId")
    for version_id, needs_value in ((move_to, True), (remove_from, False)):
        entry = secret.versions.get(version_id) if version_id else None
        if version_id and (entry is None or (needs_value and not entry.has_value)):
            raise VersionNotFound(version_id)
    stages = with_label_moved(secret.stages, request["VersionStage"], move_to, remove_from)
    if stages != secret.stages:
        save(call, replace(secret, stages=stages))
    return {"ARN": secret.arn, "Name": secret.name}
