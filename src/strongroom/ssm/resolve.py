"""From what a request names to the resource that is authorised and the record behind it."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.target import Resource, Target
from strongroom.core.arn import format_arn
from strongroom.core.errors import ApiError, ValidationFailed
from strongroom.ssm.conditions import resource_tag_conditions
from strongroom.ssm.errors import InvalidResourceId, InvalidResourceType, ParameterNotFound
from strongroom.ssm.records import ParameterRecord, PublicParameterRecord
from strongroom.ssm.rules.names import Reference, arn_resource, is_public, new_name, parse_reference, path_of, plain_name
from strongroom.ssm.tables import PARAMETERS, PUBLIC_PARAMETERS

RESOURCE_TYPE = "AWS::SSM::Parameter"
TAGGABLE_TYPE = "Parameter"


class Found(msgspec.Struct, frozen=True):
    """What a read refers to.

    Attributes:
        arn: of the parameter; it is also the encryption context of a SecureString.
        record: None if there is none, and always for a secret of Secrets Manager.
    """

    reference: Reference
    arn: str
    record: ParameterRecord | PublicParameterRecord | None


def parameter_arn(record: ParameterRecord) -> str:
    """Return the ARN of a parameter."""
    return format_arn("ssm", record.region, record.account_id, arn_resource(record.name))


def public_arn(region: str, name: str) -> str:
    """Return the ARN of a public parameter or path: it has no account."""
    return format_arn("ssm", region, "", arn_resource(name))


def arn_of(record: ParameterRecord | PublicParameterRecord) -> str:
    """Return the ARN of a parameter, public or not."""
    return parameter_arn(record) if isinstance(record, ParameterRecord) else public_arn(record.region, record.name)


def parameter_resource(arn: str, account_id: str, record: ParameterRecord | None) -> Resource:
    """Return the resource as policies see it, with what an existing parameter adds: tags and its own policy."""
    if record is None:
        return Resource(arn, account_id, RESOURCE_TYPE)
    return Resource(
        arn,
        account_id,
        RESOURCE_TYPE,
        policy=record.resource_policy.text if record.resource_policy else None,
        tags=record.tags,
        conditions=partial(resource_tag_conditions, record.tags),
    )


def own_target(call: Call, name: str, absent: ApiError | None) -> Target[ParameterRecord]:
    """Return the caller's account's parameter with this normalised name."""
    record = call.store.get(PARAMETERS, call.account_id, call.region, name)
    arn = format_arn("ssm", call.region, call.account_id, arn_resource(name))
    return Target(parameter_resource(arn, call.account_id, record), record, absent if record is None else None)


def parameter_to_write(call: Call, request: Mapping[str, Any]) -> Target[ParameterRecord]:
    """Return the parameter that PutParameter writes; it may be absent."""
    return own_target(call, new_name(request["Name"], format_arn("ssm", call.region, call.account_id, "parameter")), None)


def named_parameter(call: Call, request: Mapping[str, Any]) -> Target[ParameterRecord]:
    """Return the parameter whose name (no ARN, no selector) the request holds."""
    return own_target(call, plain_name(request["Name"]), ParameterNotFound())


def tagged_parameter(call: Call, request: Mapping[str, Any]) -> Target[ParameterRecord]:
    """Return the parameter that ResourceType and ResourceId name. Raises InvalidResourceType or InvalidResourceId."""
    if request["ResourceType"] != TAGGABLE_TYPE:
        raise InvalidResourceType
    try:
        name = plain_name(request["ResourceId"])
    except ValidationFailed as error:
        raise InvalidResourceId from error
    return own_target(call, name, InvalidResourceId())


def read_target(call: Call, text: str) -> Target[Found]:
    """Return what a name, ARN or reference in `text` refers to, in whichever account; a missing record is left to the handler."""
    reference = parse_reference(text)
    region = reference.region or call.region
    if is_public(reference.name):
        arn = public_arn(region, reference.name)
        public = call.store.get(PUBLIC_PARAMETERS, call.region, reference.name) if region == call.region else None
        return Target(Resource(arn, call.account_id, RESOURCE_TYPE), Found(reference, arn, public))
    owner = reference.account_id or call.account_id
    arn = format_arn("ssm", region, owner, arn_resource(reference.name))
    record = call.store.get(PARAMETERS, owner, region, reference.name) if region == call.region else None
    return Target(parameter_resource(arn, owner, record), Found(reference, arn, record))


def readable_parameter(call: Call, request: Mapping[str, Any]) -> Target[Found]:
    """Return what the request's Name refers to."""
    return read_target(call, request["Name"])


def readable_path(call: Call, request: Mapping[str, Any]) -> Target[str]:
    """Return the path that the request asks for (with a slash at both ends); GetParametersByPath is authorised on it."""
    path = path_of(request["Path"])
    resource = arn_resource(path.removesuffix("/") or "/")
    account_id = "" if is_public(path.removesuffix("/")) else call.account_id
    return Target(Resource(format_arn("ssm", call.region, account_id, resource), call.account_id), path)
