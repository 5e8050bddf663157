"""Functions themselves: create, read, list, delete."""

from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE
from strongroom.calls.pagination import cut_page, page_position
from strongroom.core.ids import uuid4
from strongroom.functions.errors import CodeStorageExceeded, FunctionExists, InvalidParameterValue
from strongroom.functions.packages import package_in, store_code
from strongroom.functions.records import FunctionRecord
from strongroom.functions.resolve import RESOURCE_TYPE, function_in_request, function_to_create, reference_in, stored_function_in_request
from strongroom.functions.roles import ensure_role
from strongroom.functions.rules.code import ensure_handler
from strongroom.functions.rules.limits import DEFAULT_MEMORY_MB, DEFAULT_TIMEOUT, MOST_FUNCTIONS, MOST_LISTED
from strongroom.functions.rules.runtimes import checked_environment, ensure_runtime, ensure_supported
from strongroom.functions.rules.tags import with_tags
from strongroom.functions.service import operation
from strongroom.functions.tables import CODE, FUNCTIONS, LOGS
from strongroom.functions.templates.catalogue import template, templates
from strongroom.functions.views import configuration

if TYPE_CHECKING:
    from types_boto3_lambda.type_defs import (
        CreateFunctionRequestTypeDef,
        DeleteFunctionRequestTypeDef,
        GetFunctionRequestTypeDef,
        ListFunctionsRequestTypeDef,
    )

SHOWN = ("FunctionName", "FunctionArn", "Runtime", "Role", "Handler", "CodeSize", "Timeout", "MemorySize", "CodeSha256", "RevisionId")


@operation(
    "CreateFunction",
    action="lambda:CreateFunction",
    resource=function_to_create,
    hidden=("Code", "Environment"),
    recorded=SHOWN,
)
def create_function(call: Call, _: None, request: "CreateFunctionRequestTypeDef") -> dict[str, Any]:
    """Create a function from a zip file.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
    """
    ensure_runtime(request.get("Runtime"), request.get("PackageType", "Zip"))
    ensure_supported(request)
    name = reference_in(request).name
    if call.store.get(FUNCTIONS, call.account_id, call.region, name) or template(call.account_id, call.region, name):
        raise FunctionExists(f"Function already exist: {name}")
    if call.store.count(FUNCTIONS, call.account_id, call.region) >= MOST_FUNCTIONS:
        raise CodeStorageExceeded
    handler = request.get("Handler")
    if not handler:
        raise InvalidParameterValue("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
    ensure_handler(handler)
    call.ensure_may_block()  # packages take a while to look through
    package = package_in(request["Code"])
    ensure_role(call, request["Role"])
    tags = with_tags({}, request.get("Tags", {}))
    function = FunctionRecord(
        account_id=call.account_id,
        region=call.region,
        name=name,
        runtime=request["Runtime"],
        role=request["Role"],
        handler=handler,
        code_sha256=package.sha256,
        code_size=len(package.data),
        description=request.get("Description", ""),
        timeout=request.get("Timeout", DEFAULT_TIMEOUT),
        memory_mb=request.get("MemorySize", DEFAULT_MEMORY_MB),
        environment=checked_environment(request),
        tags=tags,
        architectures=tuple(request.get("Architectures", ("x86_64",))),
        ephemeral_mb=request.get("EphemeralStorage", {}).get("Size", 512),
        modified=call.now,
        revision_id=uuid4(call.random_bytes),
    )
    call.resources.append((RESOURCE_TYPE, function.arn, function.account_id))
    call.store.insert(FUNCTIONS, function)
    store_code(call.store, function, package)
    return configuration(function)


@operation("GetFunction", action="lambda:GetFunction", resource=function_in_request)
def get_function(call: Call, function: FunctionRecord, request: "GetFunctionRequestTypeDef") -> dict[str, Any]:
    """Return a function's configuration and tags. The code itself is not handed out: there is no S3 to fetch it from.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
    """
    del call, request
    return {"Configuration": configuration(function), "Code": {"RepositoryType": "S3"}, "Tags": function.tags or None}


@operation("GetFunctionConfiguration", action="lambda:GetFunctionConfiguration", resource=function_in_request)
def get_function_configuration(call: Call, function: FunctionRecord, request: "GetFunctionRequestTypeDef") -> dict[str, Any]:
    """Return a function's configuration.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
    """
    del call, request
    return configuration(function)


@operation("ListFunctions", action="lambda:ListFunctions", resource=ANY_RESOURCE)
def list_functions(call: Call, request: "ListFunctionsRequestTypeDef") -> dict[str, Any]:
    """List the account's functions and the rotation templates by name.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
    """
    limit = min(request.get("MaxItems", MOST_LISTED), MOST_LISTED)
    marker = request.get("Marker")
    position = page_position(call, marker, lambda: InvalidParameterValue(f"Invalid marker: {marker}"))
    after = str(position[0]) if position else ""
    key = (call.account_id, call.region, after) if after else None
    stored = call.store.scan(FUNCTIONS, call.account_id, call.region, after=key, limit=limit + 1)
    own = {function.name for function in stored}
    known = [*stored, *(each for each in templates(call.account_id, call.region) if each.name > after and each.name not in own)]
    page, token = cut_page(call, sorted(known, key=lambda each: each.name)[: limit + 1], limit, lambda each: (each.name,))
    return {"Functions": [configuration(function) for function in page], "NextMarker": token}


@operation("DeleteFunction", action="lambda:DeleteFunction", resource=stored_function_in_request)
def delete_function(call: Call, function: FunctionRecord, request: "DeleteFunctionRequestTypeDef") -> dict[str, Any]:
    """Delete a function with its code and its logs.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html
    """
    del request
    place = (function.account_id, function.region, function.name)
    if call.store.get(CODE, *place, function.code_sha256) is not None:
        call.store.delete(CODE, *place, function.code_sha256)
    for log in call.store.scan(LOGS, *place, limit=1000):
        call.store.delete(LOGS, *LOGS.key_of(log))
    call.store.delete(FUNCTIONS, *place)
    return {}
