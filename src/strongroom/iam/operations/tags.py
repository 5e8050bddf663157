"""Tags: Tag..., Untag... and List...Tags are the same for everything that has them."""

from functools import partial
from typing import Any

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.operation import Request, Response
from strongroom.iam.conditions import creating
from strongroom.iam.kinds import INSTANCE_PROFILE, MFA_DEVICE, OIDC_PROVIDER, POLICY, ROLE, USER, Kind
from strongroom.iam.paging import page_of
from strongroom.iam.rules.tags import requested_tags, with_tags, without_tags
from strongroom.iam.service import IAM
from strongroom.iam.views import tag_list
from strongroom.identity.records import NamedRecord

TAGGED: tuple[Kind[Any], ...] = (USER, ROLE, POLICY, INSTANCE_PROFILE, MFA_DEVICE, OIDC_PROVIDER)


def tag(kind: Kind[Any], call: Call, record: NamedRecord, request: Request) -> Response:
    """Add tags, or change their values.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html and its likes
    """
    tags = with_tags(record.tags, requested_tags(request["Tags"]), kind.name)
    call.store.replace(kind.table, msgspec.structs.replace(record, tags=tags))
    return {}


def untag(kind: Kind[Any], call: Call, record: NamedRecord, request: Request) -> Response:
    """Remove tags; keys that are not there are ignored.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagUser.html and its likes
    """
    call.store.replace(kind.table, msgspec.structs.replace(record, tags=without_tags(record.tags, request["TagKeys"])))
    return {}


def list_tags(call: Call, record: NamedRecord, request: Request) -> Response:
    """List tags by key.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserTags.html and its likes
    """
    # A Marker has 320 characters at most, too few for the longest key: it holds the tag's place instead.
    ordered = enumerate(tag_list(dict(sorted(record.tags.items()))))
    placed, end = page_of(call, request, ordered, lambda pair: f"{pair[0]:02d}")
    return {"Tags": [item for _, item in placed]} | end


for _kind in TAGGED:
    for _name, _handler in (
        (f"Tag{_kind.name}", partial(tag, _kind)),
        (f"Untag{_kind.name}", partial(untag, _kind)),
        (f"List{_kind.name}Tags", list_tags),
    ):
        IAM.operation(_name, action=f"iam:{_name}", resource=_kind.in_request, conditions=creating)(_handler)
