"""From a FunctionName to the function that a call is about."""

from collections.abc import Mapping
from typing import Any

from strongroom.calls.call import Call
from strongroom.calls.target import Resource, Target
from strongroom.functions.errors import FunctionNotFound, InvalidParameterValue
from strongroom.functions.records import FunctionRecord
from strongroom.functions.rules.names import LATEST, FunctionReference, function_arn, parse_function_name
from strongroom.functions.rules.permissions import policy_document
from strongroom.functions.tables import FUNCTIONS
from strongroom.functions.templates.catalogue import template

RESOURCE_TYPE = "AWS::Lambda::Function"


def reference_in(request: Mapping[str, Any]) -> FunctionReference:
    """Return what FunctionName (or a tag operation's Resource) says. Raises InvalidParameterValue."""
    text = request["FunctionName"] if "FunctionName" in request else request["Resource"]
    reference = parse_function_name(text)
    if reference is None:
        raise InvalidParameterValue(f"{text} is no function name.")
    return reference


def function_in_request(call: Call, request: Mapping[str, Any]) -> Target[FunctionRecord]:
    """Resolve FunctionName. There are no versions and aliases: any qualifier but $LATEST names nothing."""
    reference = reference_in(request)
    account_id, region = reference.account_id or call.account_id, reference.region or call.region
    found = find_function(call, account_id, region, reference.name) if region == call.region else None
    qualifier = request.get("Qualifier") or reference.qualifier
    if found is None or qualifier not in (None, LATEST):
        arn = function_arn(region, account_id, reference.name)
        return Target(Resource(arn, account_id), absent=FunctionNotFound(f"{arn}:{qualifier}" if qualifier else arn))
    return Target(resource_of(found), found)


def stored_function_in_request(call: Call, request: Mapping[str, Any]) -> Target[FunctionRecord]:
    """Resolve FunctionName for a change; the templates can't be changed, and that is said once the caller is authorised."""
    target = function_in_request(call, request)
    if target.record is not None and target.record.template:
        return Target(
            target.resource, absent=InvalidParameterValue(f"{target.record.name} is a template of the server and can't be changed.")
        )
    return target


def function_to_create(call: Call, request: Mapping[str, Any]) -> Target[FunctionRecord]:
    """Return the resource that CreateFunction is authorised on."""
    reference = reference_in(request)
    if reference.region not in (None, call.region) or reference.account_id not in (None, call.account_id):
        raise InvalidParameterValue("FunctionName must name a function of the caller's account and Region.")
    arn = function_arn(call.region, call.account_id, reference.name)
    return Target(Resource(arn, call.account_id, tags=dict(request.get("Tags", {}))))


def find_function(call: Call, account_id: str, region: str, name: str) -> FunctionRecord | None:
    """Return the stored function, else the template of this name, else None."""
    return call.store.get(FUNCTIONS, account_id, region, name) or template(account_id, region, name)


def resource_of(function: FunctionRecord) -> Resource:
    """Return a function as policies see it."""
    return Resource(
        function.arn,
        function.account_id,
        RESOURCE_TYPE,
        policy=policy_document(function.policy),
        tags=function.tags,
    )
