"""Describing parameters without their values."""

from typing import TYPE_CHECKING

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, Response
from strongroom.core.errors import ValidationFailed
from strongroom.ssm.hierarchy import Fetch, Record, below, named, names_from, page
from strongroom.ssm.rules.filters import BOTH_KINDS, RESERVED_PATH, Filter, describe_filters, matches, plain_filters
from strongroom.ssm.rules.limits import PAGE
from strongroom.ssm.rules.names import is_public, normalised
from strongroom.ssm.service import operation
from strongroom.ssm.tables import PARAMETERS, PUBLIC_PARAMETERS
from strongroom.ssm.views import View, metadata_view

if TYPE_CHECKING:
    from types_boto3_ssm.type_defs import DescribeParametersRequestTypeDef


@operation("DescribeParameters", action="ssm:DescribeParameters", resource=ANY_RESOURCE)
def describe_parameters(call: Call, request: "DescribeParametersRequestTypeDef") -> Response:
    """Return the account's parameters that pass the filters. Shares are not promoted through RAM here, so `Shared` lists none.

    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
    """
    plain, full = request.get("Filters", ()), request.get("ParameterFilters", ())
    if plain and full:
        raise ValidationFailed(BOTH_KINDS)
    filters = describe_filters(full) or plain_filters(plain)
    if request.get("Shared"):
        return {"Parameters": []}

    def keep(record: Record) -> View | None:
        return metadata_view(record) if matches(filters, record) else None

    found, token = page(
        call,
        _candidates(call, filters),
        keep,
        request.get("NextToken"),
        wanted=request.get("MaxResults", PAGE),
        filtered=bool(filters),
    )
    return {"Parameters": found, "NextToken": token}


def _candidates(call: Call, filters: tuple[Filter, ...]) -> Fetch:
    """Return a reader of the fewest records that hold every match: by path, by name, by prefix, or all."""
    by_key = {each.key: each for each in filters}
    owner = (call.account_id, call.region)
    path, name = by_key.get("Path"), by_key.get("Name")
    if path is not None and any(is_public(value.removesuffix("/")) for value in path.values):
        return _public(call, path)
    if path is not None and len(path.values) == 1:
        return below(call.store, PARAMETERS, owner, path.values[0], recursive=path.option == "Recursive")
    if name is not None and name.option == "Equals":
        return named(call.store, PARAMETERS, owner, {normalised(value) for value in name.values})
    if name is not None and name.option == "BeginsWith" and len(name.values) == 1:
        return names_from(call.store, PARAMETERS, owner, normalised(name.values[0]))
    return names_from(call.store, PARAMETERS, owner, "/")


def _public(call: Call, path: Filter) -> Fetch:
    """Return a reader of public parameters; a filter that mixes them with the account's own is refused."""
    if len(path.values) != 1:
        raise ValidationFailed(RESERVED_PATH)
    return below(call.store, PUBLIC_PARAMETERS, (call.region,), path.values[0], recursive=path.option == "Recursive")
