"""Reading a level or a subtree of the hierarchy."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.ssm.conditions import path_conditions
from strongroom.ssm.encryption import shown_value
from strongroom.ssm.hierarchy import Fetch, Record, below, page
from strongroom.ssm.reads import content_of
from strongroom.ssm.records import Content, ParameterRecord
from strongroom.ssm.resolve import arn_of, readable_path
from strongroom.ssm.rules.filters import Filter, by_path_filters, matches
from strongroom.ssm.rules.limits import BY_PATH_PAGE
from strongroom.ssm.rules.names import is_public
from strongroom.ssm.service import operation
from strongroom.ssm.tables import PARAMETERS, PUBLIC_PARAMETERS
from strongroom.ssm.throughput import charge
from strongroom.ssm.views import value_view

if TYPE_CHECKING:
    from types_boto3_ssm.type_defs import GetParametersByPathRequestTypeDef

Chosen = tuple[Record, Content]


@operation("GetParametersByPath", action="ssm:GetParametersByPath", resource=readable_path, conditions=path_conditions)
def get_parameters_by_path(call: Call, path: str, request: "GetParametersByPathRequestTypeDef") -> Response:
    """Return the parameters one level below a path, or all of its subtree, with their values.

    Authorised on the path alone, as in AWS: a Deny on a parameter below does not hide it here.
    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
    """
    charge(call)
    filters = by_path_filters(request.get("ParameterFilters", ()))
    chosen, token = page(
        call,
        _below(call, path, recursive=request.get("Recursive", False)),
        _choice(call, filters),
        request.get("NextToken"),
        wanted=request.get("MaxResults", BY_PATH_PAGE),
        filtered=bool(filters),
    )
    decrypt = request.get("WithDecryption", False)
    views = [
        value_view(content, record.spelling, arn_of(record), shown_value(call, arn_of(record), content, decrypt=decrypt))
        for record, content in chosen
    ]
    return {"Parameters": views, "NextToken": token}


def _below(call: Call, path: str, *, recursive: bool) -> Fetch:
    if is_public(path.removesuffix("/")):
        return below(call.store, PUBLIC_PARAMETERS, (call.region,), path, recursive=recursive)
    return below(call.store, PARAMETERS, (call.account_id, call.region), path, recursive=recursive)


def _choice(call: Call, filters: Sequence[Filter]) -> Callable[[Record], Chosen | None]:
    """Return what takes a record if it passes the filters, with the version that a Label filter chooses."""
    wanted = next((each.values for each in filters if each.key == "Label"), None)

    def choose(record: Record) -> Chosen | None:
        if not matches(filters, record):
            return None
        if wanted is None:
            return record, record.current
        content = _labelled(call, record, wanted)
        return None if content is None else (record, content)

    return choose


def _labelled(call: Call, record: Record, wanted: Sequence[str]) -> Content | None:
    """Return the version that carries the first of the wanted labels that the parameter has."""
    if not isinstance(record, ParameterRecord):
        return None
    version = next((record.labels[label] for label in wanted if label in record.labels), None)
    return None if version is None else content_of(call, record, version)
