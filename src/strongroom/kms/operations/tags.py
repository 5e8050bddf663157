"""Tags of keys.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_TagResource.html and its neighbours.
"""

from typing import TYPE_CHECKING

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.calls.pagination import cut_page, page_position
from strongroom.kms.conditions import tag_conditions
from strongroom.kms.errors import InvalidMarker
from strongroom.kms.keys import change_key
from strongroom.kms.records import KeyRecord
from strongroom.kms.resolve import own_key
from strongroom.kms.rules.limits import PAGE_DEFAULT, TAG_PAGE, page_limit
from strongroom.kms.rules.tags import tag_list, with_tags, without_tags
from strongroom.kms.service import operation
from strongroom.kms.states import ensure_allowed

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import ListResourceTagsRequestTypeDef, TagResourceRequestTypeDef, UntagResourceRequestTypeDef


@operation("TagResource", action="kms:TagResource", resource=own_key, conditions=tag_conditions)
def tag_resource(call: Call, key: KeyRecord, request: "TagResourceRequestTypeDef") -> None:
    """Add tags; a tag that is there gets the new value."""
    ensure_allowed(call, "TagResource", key)
    change_key(call.store, key, tags=with_tags(key.tags, request["Tags"]))


@operation("UntagResource", action="kms:UntagResource", resource=own_key, conditions=tag_conditions)
def untag_resource(call: Call, key: KeyRecord, request: "UntagResourceRequestTypeDef") -> None:
    """Remove tags; those that are not there are passed over."""
    ensure_allowed(call, "UntagResource", key)
    change_key(call.store, key, tags=without_tags(key.tags, request["TagKeys"]))


@operation("ListResourceTags", action="kms:ListResourceTags", resource=own_key)
def list_resource_tags(call: Call, key: KeyRecord, request: "ListResourceTagsRequestTypeDef") -> Response:
    """List tags in the order of their keys."""
    limit = page_limit(request, TAG_PAGE, PAGE_DEFAULT)
    after = page_position(call, request.get("Marker"), InvalidMarker)
    found = [tag for tag in tag_list(key.tags) if after is None or tag["TagKey"] > str(after[0])]
    page, marker = cut_page(call, found, limit, lambda tag: (tag["TagKey"],))
    return {"Tags": list(page), "NextMarker": marker, "Truncated": marker is not None}
