"""The condition keys that a Secrets Manager request itself gives.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Secrets Manager".
"""

from collections.abc import Mapping
from typing import Any

from strongroom.calls.call import Call
from strongroom.calls.target import Conditions, values_of
from strongroom.core.arn import format_arn, parse_arn
from strongroom.policy.decision import Values
from strongroom.secretsmanager.rules.stages import CURRENT
from strongroom.secretsmanager.tags import tags_in

_MEMBERS = {
    "secretsmanager:name": "Name",
    "secretsmanager:description": "Description",
    "secretsmanager:kmskeyid": "KmsKeyId",
    "secretsmanager:rotationlambdaarn": "RotationLambdaARN",
    "secretsmanager:recoverywindowindays": "RecoveryWindowInDays",
    "secretsmanager:forcedeletewithoutrecovery": "ForceDeleteWithoutRecovery",
    "secretsmanager:versionid": "VersionId",
    "secretsmanager:versionstage": "VersionStage",
    "secretsmanager:blockpublicpolicy": "BlockPublicPolicy",
    "secretsmanager:forceoverwritereplicasecret": "ForceOverwriteReplicaSecret",
    "secretsmanager:type": "Type",
}


def request_conditions(call: Call, request: Mapping[str, Any]) -> Conditions:
    """Return the condition keys of any request: each member that has one, tags, replica Regions and the key's ARN."""
    found: dict[str, Values] = {}
    for name, member in _MEMBERS.items():
        values = values_of(request.get(member))
        if values is not None:
            found[name] = values
    _add_tags(found, request)
    _add_replica_regions(found, request)
    if key_arn := _key_arn(call, request.get("KmsKeyId")):
        found["secretsmanager:kmskeyarn"] = (key_arn,)
    return found


def value_conditions(call: Call, request: Mapping[str, Any]) -> Conditions:
    """Return the keys of GetSecretValue: with neither version nor label, the label is AWSCURRENT. The hot path."""
    del call
    version_id, label = request.get("VersionId"), request.get("VersionStage")
    if label is None and version_id is None:
        return _READS_CURRENT
    given = (("secretsmanager:versionid", version_id), ("secretsmanager:versionstage", label))
    return {name: (value,) for name, value in given if value is not None}


def rotation_conditions(call: Call, request: Mapping[str, Any]) -> Conditions:
    """Return the keys of RotateSecret."""
    return {
        **request_conditions(call, request),
        "secretsmanager:rotateimmediately": values_of(request.get("RotateImmediately", True)) or (),
        "secretsmanager:modifyrotationrules": values_of("RotationRules" in request) or (),
    }


_READS_CURRENT: Conditions = {"secretsmanager:versionstage": (CURRENT,)}


def _add_tags(found: dict[str, Values], request: Mapping[str, Any]) -> None:
    tags = tags_in(request)
    found.update({f"aws:requesttag/{key.lower()}": (value,) for key, value in tags.items()})
    if keys := (*tags, *request.get("TagKeys", ())):
        found["aws:tagkeys"] = keys


def _add_replica_regions(found: dict[str, Values], request: Mapping[str, Any]) -> None:
    regions = tuple(each["Region"] for each in request.get("AddReplicaRegions") or () if "Region" in each)
    if regions:
        found["secretsmanager:addreplicaregions"] = regions


def _key_arn(call: Call, key_id: str | None) -> str | None:
    """Return the ARN of a key given by id or ARN; an alias says nothing about its key."""
    if not key_id:
        return None
    arn = parse_arn(key_id)
    if arn is not None:
        return key_id if arn.resource.startswith("key/") else None
    return None if key_id.startswith("alias/") else format_arn("kms", call.region, call.account_id, f"key/{key_id}")
