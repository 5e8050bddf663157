"""`strongroom policy from-trail`: what a principal did, as the trail has it, as actions on resources."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from strongroom.app.catalogue import OPERATIONS_BY_EVENT
from strongroom.app.trail import read_trail
from strongroom.calls.context import service_domain
from strongroom.calls.operation import ANY_RESOURCE, NoResource
from strongroom.config import Settings
from strongroom.core.arn import format_arn
from strongroom.policy.generalise import Use

_ANY = "*"
_UNKNOWN_SUFFIX = "-??????"  # what stands for the random end of a secret's ARN before there is one
_SUFFIX_LENGTH = len(_UNKNOWN_SUFFIX)
Record = Mapping[str, Any]
Pairs = list[tuple[str, str]]


def is_by(record: Record, principal: str) -> bool:
    """Return whether an event was caused by `principal`: the ARN of a user, of a session, or of a role for all its sessions."""
    identity = record["userIdentity"]
    issuer = identity.get("sessionContext", {}).get("sessionIssuer", {})
    return principal in {identity.get("arn"), issuer.get("arn")}


def uses_in_trail(settings: Settings, principal: str, since: float) -> list[Use]:
    """Return what `principal` did since a time (seconds since the epoch), each use once; refusals are none. Raises OperatorError."""
    with read_trail(settings) as reader:
        records = reader.matching(lambda record: "errorCode" not in record and is_by(record, principal), int(since * 1000))
        return list(dict.fromkeys(use for record in records for use in uses_of(record)))


def uses_of(record: Record) -> Iterator[Use]:
    """Yield the actions and resources that one successful event needed."""
    operation = OPERATIONS_BY_EVENT.get((record["eventSource"], record["eventName"]))
    if operation is None or not operation.action:
        return
    via = via_service(record)
    special = _SPECIAL.get(f"{operation.service}:{operation.name}")
    pairs = special(record) if special else [(operation.action, arn) for arn in _resources(record, operation.resource)]
    for action, resource in (*pairs, *_tagging(record, operation.service, pairs)):
        yield Use(action, resource, via)


def via_service(record: Record) -> str | None:
    """Return the kms:ViaService of an event that a service caused with its caller's rights, or None for the caller's own call."""
    service = record["userIdentity"].get("invokedBy")
    return service_domain(service.partition(".")[0], record["awsRegion"]) if service else None


def _arns(record: Record) -> list[str]:
    return [resource["ARN"] for resource in record.get("resources") or []]


def _resources(record: Record, resolver: object) -> list[str]:
    if resolver is ANY_RESOURCE:
        return [_ANY]
    return _arns(record) or ([] if isinstance(resolver, NoResource) else [_ANY])


def _parameters(record: Record) -> Mapping[str, Any]:
    return record.get("requestParameters") or {}


def _tagging(record: Record, service: str, pairs: Pairs) -> Pairs:
    """Return the tagging action that creating something with tags needs too."""
    if not record["eventName"].startswith(("Create", "Put")) or not _parameters(record).get("tags"):
        return []
    name = record["eventName"].removeprefix("Create")
    actions = {"kms": "kms:TagResource", "secretsmanager": "secretsmanager:TagResource", "ssm": "ssm:AddTagsToResource"}
    if service == "kms":
        return [(actions[service], _in_account(record, "kms", "key/*"))]
    return [(actions.get(service, f"{service}:Tag{name}"), resource) for _, resource in pairs]


def _in_account(record: Record, service: str, resource: str) -> str:
    return format_arn(service, record["awsRegion"], record["recipientAccountId"], resource)


def _alias(record: Record) -> Pairs:
    action = f"kms:{record['eventName']}"
    alias = _in_account(record, "kms", _parameters(record)["aliasName"])
    return [(action, arn) for arn in (alias, *_arns(record))]


def _re_encrypt(record: Record) -> Pairs:
    arns = _arns(record)
    return [("kms:ReEncryptFrom", arns[0]), ("kms:ReEncryptTo", arns[-1])] if arns else []


def _create_secret(record: Record) -> Pairs:
    return [("secretsmanager:CreateSecret", arn[:-_SUFFIX_LENGTH] + _UNKNOWN_SUFFIX) for arn in _arns(record)]


def _parameters_by_path(record: Record) -> Pairs:
    path = _parameters(record)["path"].strip("/")
    return [("ssm:GetParametersByPath", _in_account(record, "ssm", f"parameter/{path}"))]


def _batch(record: Record) -> Pairs:
    return [("secretsmanager:BatchGetSecretValue", _ANY), *(("secretsmanager:GetSecretValue", arn) for arn in _arns(record))]


def _replicate_key(record: Record) -> Pairs:
    return [("kms:ReplicateKey", arn) for arn in _arns(record)] + [("kms:CreateKey", _ANY)]


def _assume_role(record: Record) -> Pairs:
    parameters = _parameters(record)
    further = [("tags", "sts:TagSession"), ("sourceIdentity", "sts:SetSourceIdentity")]
    actions = ["sts:AssumeRole", *(action for member, action in further if parameters.get(member))]
    return [(action, arn) for arn in _arns(record) for action in actions]


def _add_role_to_profile(record: Record) -> Pairs:
    return [("iam:PassRole" if ":role/" in arn else "iam:AddRoleToInstanceProfile", arn) for arn in _arns(record)]


_SPECIAL: Mapping[str, Callable[[Record], Pairs]] = {
    "iam:AddRoleToInstanceProfile": _add_role_to_profile,
    "kms:CreateAlias": _alias,
    "kms:UpdateAlias": _alias,
    "kms:DeleteAlias": _alias,
    "kms:ReEncrypt": _re_encrypt,
    "kms:ReplicateKey": _replicate_key,
    "secretsmanager:BatchGetSecretValue": _batch,
    "secretsmanager:CreateSecret": _create_secret,
    "ssm:GetParametersByPath": _parameters_by_path,
    "sts:AssumeRole": _assume_role,
}
