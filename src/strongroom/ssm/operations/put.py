"""Writing a parameter."""

from typing import TYPE_CHECKING

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.core.arn import format_arn
from strongroom.core.errors import ValidationFailed
from strongroom.ssm import usage
from strongroom.ssm.conditions import put_conditions, tag_conditions
from strongroom.ssm.encryption import stored_value
from strongroom.ssm.errors import ParameterAlreadyExists, TooManyUpdates
from strongroom.ssm.notifications import CREATE, UPDATE, changed
from strongroom.ssm.records import Content, ParameterRecord, VersionRecord
from strongroom.ssm.resolve import parameter_resource, parameter_to_write
from strongroom.ssm.rules.content import TAGS_WITH_OVERWRITE, Draft, Surroundings, draft
from strongroom.ssm.rules.names import arn_resource, normalised, parent_of
from strongroom.ssm.rules.patterns import check_pattern
from strongroom.ssm.rules.policies import next_due_ms
from strongroom.ssm.rules.tags import as_mapping, tagged
from strongroom.ssm.rules.tiers import STANDARD
from strongroom.ssm.rules.versions import overwritten
from strongroom.ssm.service import operation
from strongroom.ssm.settings import default_tier, room_of
from strongroom.ssm.tables import PARAMETERS, VERSIONS
from strongroom.ssm.throughput import charge

if TYPE_CHECKING:
    from types_boto3_ssm.type_defs import PutParameterRequestTypeDef


@operation(
    "PutParameter",
    action="ssm:PutParameter",
    resource=parameter_to_write,
    conditions=put_conditions,
    masked=("Value",),
    recorded=("Version", "Tier"),
    contended=TooManyUpdates,
)
def put_parameter(call: Call, record: ParameterRecord | None, request: "PutParameterRequestTypeDef") -> Response:
    """Create a parameter, or write its next version.

    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    """
    charge(call)
    overwrite = request.get("Overwrite", False)
    if overwrite and request.get("Tags"):
        raise ValidationFailed(TAGS_WITH_OVERWRITE)
    if record is not None and not overwrite:
        raise ParameterAlreadyExists
    name = normalised(request["Name"].strip(" "))
    arn = format_arn("ssm", call.region, call.account_id, arn_resource(name))
    wanted = draft(request, record.current if record else None, _surroundings(call, name, record))
    if wanted.allowed_pattern is not None:
        call.ensure_may_block()
        check_pattern(wanted.allowed_pattern, wanted.value)
    version = record.current.version + 1 if record else 1
    if record is None:
        tags = _allowed_tags(call, arn, request)
        _create(call, name, request["Name"].strip(" "), tags, _content(call, arn, wanted, version))
    else:
        _overwrite(call, record, _content(call, arn, wanted, version))
    return {"Version": version, "Tier": wanted.tier}


def _surroundings(call: Call, name: str, record: ParameterRecord | None) -> Surroundings:
    full = record is None and usage.is_full(call.store, room_of(call), call.account_id, call.region, name, STANDARD)
    return Surroundings(name, default_tier(call), full, call.now)


def _content(call: Call, arn: str, wanted: Draft, version: int) -> Content:
    return Content(
        version=version,
        type=wanted.type,
        value=stored_value(call, arn, wanted),
        tier=wanted.tier,
        data_type=wanted.data_type,
        key_id=wanted.key_id,
        description=wanted.description,
        allowed_pattern=wanted.allowed_pattern,
        policies=wanted.policies,
        modified=call.now,
        modified_by=call.principal.arn,
    )


def _allowed_tags(call: Call, arn: str, request: "PutParameterRequestTypeDef") -> dict[str, str]:
    """Return the tags of a new parameter. Setting them needs ssm:AddTagsToResource as well."""
    tags = tagged({}, as_mapping(request.get("Tags", ())))
    if tags:
        call.authorise("ssm:AddTagsToResource", parameter_resource(arn, call.account_id, None), tag_conditions(call, request))
    return tags


def _create(call: Call, name: str, spelling: str, tags: dict[str, str], content: Content) -> None:
    usage.enter(call.store, room_of(call), call.account_id, call.region, name, content.tier)
    record = ParameterRecord(
        account_id=call.account_id,
        region=call.region,
        name=name,
        parent=parent_of(name),
        spelling=spelling,
        current=content,
        tags=tags,
        policy_due=next_due_ms(content.policies, content.modified),
    )
    call.store.insert(PARAMETERS, record)
    changed(call, record, CREATE)


def _overwrite(call: Call, record: ParameterRecord, content: Content) -> None:
    """Write the next version; the one before goes to the history, and the 101st pushes the oldest out."""
    after, dropped = overwritten(record, content)
    key = (record.account_id, record.region, record.name)
    if content.tier != record.current.tier:
        usage.leave(call.store, *key, record.current.tier)
        usage.enter(call.store, room_of(call), *key, content.tier)
    before = record.current
    call.store.insert(
        VERSIONS,
        VersionRecord(account_id=key[0], region=key[1], name=key[2], version=before.version, content=before),
    )
    if dropped is not None and call.store.get(VERSIONS, *key, dropped) is not None:
        call.store.delete(VERSIONS, *key, dropped)
    call.store.replace(PARAMETERS, after)
    changed(call, after, UPDATE)
