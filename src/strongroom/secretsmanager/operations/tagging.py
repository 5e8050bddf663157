"""Tags on secrets."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.secretsmanager.changes import save
from strongroom.secretsmanager.conditions import request_conditions
from strongroom.secretsmanager.errors import InvalidParameter
from strongroom.secretsmanager.records import SecretRecord
from strongroom.secretsmanager.resolve import annotated_secret_in_request, resource_of
from strongroom.secretsmanager.service import operation
from strongroom.secretsmanager.tags import checked_tags, merged_tags

if TYPE_CHECKING:
    from types_boto3_secretsmanager.type_defs import TagResourceRequestTypeDef, UntagResourceRequestTypeDef


@operation("TagResource", action="secretsmanager:TagResource", resource=annotated_secret_in_request, conditions=request_conditions)
def tag_resource(call: Call, secret: SecretRecord, request: "TagResourceRequestTypeDef") -> None:
    """Add tags or change their values.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html
    """
    _retag(call, secret, merged_tags(secret.tags, checked_tags(request), InvalidParameter))


@operation("UntagResource", action="secretsmanager:UntagResource", resource=annotated_secret_in_request, conditions=request_conditions)
def untag_resource(call: Call, secret: SecretRecord, request: "UntagResourceRequestTypeDef") -> None:
    """Remove tags; keys that the secret does not have are passed over.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UntagResource.html
    """
    removed = set(request["TagKeys"])
    _retag(call, secret, {key: value for key, value in secret.tags.items() if key not in removed})


def _retag(call: Call, secret: SecretRecord, tags: dict[str, str]) -> None:
    """Store the tags, unless the caller would lose this very right by them: AWS refuses that as AccessDenied."""
    tagged = replace(secret, tags=tags)
    call.authorise(call.operation.action, resource_of(tagged), request_conditions(call, call.request))
    if tags != secret.tags:
        save(call, tagged)
