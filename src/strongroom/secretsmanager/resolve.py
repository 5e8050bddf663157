"""From a SecretId to the secret that a call is about."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from strongroom.calls.call import Call
from strongroom.calls.target import Conditions, Resource, Target, values_of
from strongroom.secretsmanager.errors import MarkedForDeletion, NotOnReplica, SecretNotFound
from strongroom.secretsmanager.records import SecretRecord
from strongroom.secretsmanager.rules.names import UNKNOWN_SUFFIX, SecretReference, ensure_name, parse_secret_id, secret_arn
from strongroom.secretsmanager.tables import SECRETS
from strongroom.secretsmanager.tags import tags_in

RESOURCE_TYPE = "AWS::SecretsManager::Secret"


def secret_in_request(call: Call, request: Mapping[str, Any]) -> Target[SecretRecord]:
    """Resolve SecretId, a name or an ARN. Raises InvalidName."""
    target = find_secret(call, request["SecretId"])
    return target if target.record else Target(target.resource, absent=SecretNotFound())


def active_secret_in_request(call: Call, request: Mapping[str, Any]) -> Target[SecretRecord]:
    """Resolve SecretId; a secret that is scheduled for deletion is refused once the caller is authorised."""
    target = secret_in_request(call, request)
    if target.record is not None and target.record.deleted is not None:
        return Target(target.resource, absent=MarkedForDeletion())
    return target


def writable_secret_in_request(call: Call, request: Mapping[str, Any]) -> Target[SecretRecord]:
    """Resolve SecretId; a secret scheduled for deletion and a replica are refused once the caller is authorised."""
    target = active_secret_in_request(call, request)
    if target.record is not None and target.record.is_replica:
        return Target(target.resource, absent=NotOnReplica())
    return target


def annotated_secret_in_request(call: Call, request: Mapping[str, Any]) -> Target[SecretRecord]:
    """Resolve SecretId for tags and policies, which a cross-account replica has of its own and a replica in another Region has not."""
    target = active_secret_in_request(call, request)
    if target.record is not None and target.record.is_replica and target.record.account_primary is None:
        return Target(target.resource, absent=NotOnReplica())
    return target


def secret_to_delete(call: Call, request: Mapping[str, Any]) -> Target[SecretRecord]:
    """Resolve SecretId for DeleteSecret, where forcing an absent secret away succeeds."""
    if request.get("ForceDeleteWithoutRecovery"):
        return find_secret(call, request["SecretId"])
    return secret_in_request(call, request)


def secret_to_validate(call: Call, request: Mapping[str, Any]) -> Target[SecretRecord]:
    """Resolve the optional SecretId of ValidateResourcePolicy."""
    if "SecretId" not in request:
        return Target(Resource("*", call.account_id))
    return secret_in_request(call, request)


def secret_to_create(call: Call, request: Mapping[str, Any]) -> Target[SecretRecord]:
    """Return the resource that CreateSecret is authorised on. Its tags are those it will have. Raises InvalidName."""
    name = request["Name"]
    ensure_name(name)
    arn = secret_arn(call.region, call.account_id, name)
    tags = tags_in(request)
    return Target(Resource(arn, call.account_id, tags=tags, conditions=_tag_conditions(tags)))


def find_secret(call: Call, secret_id: str) -> Target[SecretRecord]:
    """Return the secret that `secret_id` names, or a target without a record. Raises InvalidName."""
    reference = parse_secret_id(secret_id)
    account_id = reference.account_id or call.account_id
    record = _read(call, account_id, reference) if reference.region in (None, call.region) else None
    if record is not None:
        return Target(resource_of(record), record)
    return Target(_absent_resource(call, account_id, reference))


def resource_of(secret: SecretRecord) -> Resource:
    """Return a secret as policies see it."""
    return Resource(
        secret.arn,
        secret.account_id,
        RESOURCE_TYPE,
        policy=secret.policy,
        tags=secret.tags,
        conditions=partial(_resource_conditions, secret),
    )


def _read(call: Call, account_id: str, reference: SecretReference) -> SecretRecord | None:
    record = call.store.get(SECRETS, account_id, call.region, reference.name)
    if record is None or reference.suffix not in (None, record.suffix):
        return None
    return record


def _absent_resource(call: Call, account_id: str, reference: SecretReference) -> Resource:
    region = reference.region or call.region
    arn = secret_arn(region, account_id, reference.name, reference.suffix or UNKNOWN_SUFFIX)
    return Resource(arn, account_id, conditions={"secretsmanager:secretid": (arn,)})


def _tag_conditions(tags: Mapping[str, str]) -> Conditions:
    return {f"secretsmanager:resourcetag/{key.lower()}": (value,) for key, value in tags.items()}


def _resource_conditions(secret: SecretRecord) -> Conditions:
    lambda_arn = secret.rotation.lambda_arn if secret.rotation else None
    facts = {
        "secretsmanager:secretid": (secret.arn,),
        "secretsmanager:resource/allowrotationlambdaarn": values_of(lambda_arn),
        "secretsmanager:resource/type": values_of(secret.type),
        "secretsmanager:secretprimaryregion": values_of(secret.primary_region),
    }
    present = {name: values for name, values in facts.items() if values is not None}
    return {**present, **_tag_conditions(secret.tags)} if secret.tags else present
