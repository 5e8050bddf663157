"""Tags of functions."""

from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.functions.operations.code import changed
from strongroom.functions.records import FunctionRecord
from strongroom.functions.resolve import function_in_request, stored_function_in_request
from strongroom.functions.rules.tags import with_tags
from strongroom.functions.service import operation

if TYPE_CHECKING:
    from types_boto3_lambda.type_defs import ListTagsRequestTypeDef, TagResourceRequestTypeDef, UntagResourceRequestTypeDef


@operation("TagResource", action="lambda:TagResource", resource=stored_function_in_request)
def tag_resource(call: Call, function: FunctionRecord, request: "TagResourceRequestTypeDef") -> dict[str, Any]:
    """Add tags, or change their values.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html
    """
    changed(call, function, tags=with_tags(function.tags, request["Tags"]))
    return {}


@operation("UntagResource", action="lambda:UntagResource", resource=stored_function_in_request)
def untag_resource(call: Call, function: FunctionRecord, request: "UntagResourceRequestTypeDef") -> dict[str, Any]:
    """Take tags away.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_UntagResource.html
    """
    keys = set(request["TagKeys"])
    changed(call, function, tags={key: value for key, value in function.tags.items() if key not in keys})
    return {}


@operation("ListTags", action="lambda:ListTags", resource=function_in_request)
def list_tags(call: Call, function: FunctionRecord, request: "ListTagsRequestTypeDef") -> dict[str, Any]:
    """Return the tags of a function.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html
    """
    del call, request
    return {"Tags": function.tags}
