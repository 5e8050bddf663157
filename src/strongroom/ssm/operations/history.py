"""The history of a parameter."""

from typing import TYPE_CHECKING

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.calls.pagination import cut_page, page_position
from strongroom.ssm.encryption import shown_value
from strongroom.ssm.errors import InvalidNextToken, ParameterNotFound
from strongroom.ssm.records import Content, ParameterRecord
from strongroom.ssm.resolve import Found, readable_parameter
from strongroom.ssm.rules.limits import PAGE
from strongroom.ssm.service import operation
from strongroom.ssm.tables import VERSIONS
from strongroom.ssm.views import history_view

if TYPE_CHECKING:
    from types_boto3_ssm.type_defs import GetParameterHistoryRequestTypeDef


@operation("GetParameterHistory", action="ssm:GetParameterHistory", resource=readable_parameter)
def get_parameter_history(call: Call, found: Found, request: "GetParameterHistoryRequestTypeDef") -> Response:
    """Return the kept versions of a parameter, oldest first, each with its value and labels.

    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameterHistory.html
    """
    record = found.record
    if not isinstance(record, ParameterRecord):
        raise ParameterNotFound
    wanted = request.get("MaxResults", PAGE)
    start = page_position(call, request.get("NextToken"), InvalidNextToken)
    after = 0 if start is None else int(str(start[0]))
    contents, token = cut_page(call, _contents(call, record, after, wanted + 1), wanted, lambda content: (content.version,))
    decrypt = request.get("WithDecryption", False)
    views = [
        history_view(record.spelling, content, record.labels, shown_value(call, found.arn, content, decrypt=decrypt))
        for content in contents
    ]
    return {"Parameters": views, "NextToken": token}


def _contents(call: Call, record: ParameterRecord, after: int, limit: int) -> list[Content]:
    """Return up to `limit` versions beyond `after`: those of the history, then the current one."""
    key = (record.account_id, record.region, record.name)
    kept = call.store.scan(VERSIONS, *key, after=(*key, after), limit=limit)
    contents = [version.content for version in kept]
    if len(contents) < limit and record.current.version > after:
        contents.append(record.current)
    return contents
