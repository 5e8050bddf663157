"""Tags of parameters."""

from typing import TYPE_CHECKING

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.ssm.conditions import tag_conditions
from strongroom.ssm.errors import TooManyUpdates
from strongroom.ssm.records import ParameterRecord
from strongroom.ssm.resolve import tagged_parameter
from strongroom.ssm.rules.tags import as_mapping, tagged
from strongroom.ssm.service import operation
from strongroom.ssm.tables import PARAMETERS

if TYPE_CHECKING:
    from types_boto3_ssm.type_defs import (
        AddTagsToResourceRequestTypeDef,
        ListTagsForResourceRequestTypeDef,
        RemoveTagsFromResourceRequestTypeDef,
    )


@operation(
    "AddTagsToResource", action="ssm:AddTagsToResource", resource=tagged_parameter, conditions=tag_conditions, contended=TooManyUpdates
)
def add_tags_to_resource(call: Call, record: ParameterRecord, request: "AddTagsToResourceRequestTypeDef") -> Response:
    """Set tags of a parameter.

    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html
    """
    _set_tags(call, record, tagged(record.tags, as_mapping(request["Tags"])))
    return {}


@operation(
    "RemoveTagsFromResource",
    action="ssm:RemoveTagsFromResource",
    resource=tagged_parameter,
    conditions=tag_conditions,
    contended=TooManyUpdates,
)
def remove_tags_from_resource(call: Call, record: ParameterRecord, request: "RemoveTagsFromResourceRequestTypeDef") -> Response:
    """Remove tags of a parameter; keys that it does not have are passed over.

    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_RemoveTagsFromResource.html
    """
    removed = set(request["TagKeys"])
    _set_tags(call, record, {key: value for key, value in record.tags.items() if key not in removed})
    return {}


@operation("ListTagsForResource", action="ssm:ListTagsForResource", resource=tagged_parameter)
def list_tags_for_resource(call: Call, record: ParameterRecord, request: "ListTagsForResourceRequestTypeDef") -> Response:
    """Return the tags of a parameter.

    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListTagsForResource.html
    """
    del call, request
    return {"TagList": [{"Key": key, "Value": value} for key, value in record.tags.items()]}


def _set_tags(call: Call, record: ParameterRecord, tags: dict[str, str]) -> None:
    call.store.replace(PARAMETERS, msgspec.structs.replace(record, tags=tags))
