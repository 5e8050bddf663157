"""Changing a function's code and configuration."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.core.ids import uuid4
from strongroom.functions.errors import PreconditionFailed
from strongroom.functions.operations.functions import SHOWN
from strongroom.functions.packages import package_in, store_code
from strongroom.functions.records import FunctionRecord
from strongroom.functions.resolve import stored_function_in_request
from strongroom.functions.roles import ensure_role
from strongroom.functions.rules.code import ensure_handler
from strongroom.functions.rules.runtimes import checked_environment, ensure_runtime, ensure_supported
from strongroom.functions.service import operation
from strongroom.functions.tables import CODE, FUNCTIONS
from strongroom.functions.views import configuration

if TYPE_CHECKING:
    from types_boto3_lambda.type_defs import UpdateFunctionCodeRequestTypeDef, UpdateFunctionConfigurationRequestTypeDef


def ensure_revision(function: FunctionRecord, request: Mapping[str, Any]) -> None:
    """Return if the request names the present revision, or none. Raises PreconditionFailed."""
    if request.get("RevisionId", function.revision_id) != function.revision_id:
        raise PreconditionFailed


def changed(call: Call, function: FunctionRecord, **changes: Any) -> FunctionRecord:
    """Write the function with `changes` and a new revision id, and return it."""
    written = replace(function, modified=call.now, revision_id=uuid4(call.random_bytes), **changes)
    call.store.replace(FUNCTIONS, written)
    return written


@operation(
    "UpdateFunctionCode",
    action="lambda:UpdateFunctionCode",
    resource=stored_function_in_request,
    hidden=("ZipFile",),
    recorded=SHOWN,
)
def update_function_code(call: Call, function: FunctionRecord, request: "UpdateFunctionCodeRequestTypeDef") -> dict[str, Any]:
    """Put another package in the place of the present one.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
    """
    ensure_revision(function, request)
    call.ensure_may_block()  # packages take a while to look through
    package = package_in(request)
    architectures = tuple(request.get("Architectures", function.architectures))
    if request.get("DryRun"):
        return configuration(replace(function, code_sha256=package.sha256, code_size=len(package.data), architectures=architectures))
    if package.sha256 != function.code_sha256:
        place = (function.account_id, function.region, function.name, function.code_sha256)
        if call.store.get(CODE, *place) is not None:
            call.store.delete(CODE, *place)
        store_code(call.store, function, package)
    written = changed(call, function, code_sha256=package.sha256, code_size=len(package.data), architectures=architectures)
    return configuration(written)


@operation(
    "UpdateFunctionConfiguration",
    action="lambda:UpdateFunctionConfiguration",
    resource=stored_function_in_request,
    hidden=("Environment",),
    recorded=SHOWN,
)
def update_function_configuration(
    call: Call, function: FunctionRecord, request: "UpdateFunctionConfigurationRequestTypeDef"
) -> dict[str, Any]:
    """Change what the request names; the rest stays.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
    """
    ensure_revision(function, request)
    ensure_supported(request)
    ensure_runtime(request.get("Runtime", function.runtime), "Zip")
    handler = request.get("Handler", function.handler)
    ensure_handler(handler)
    role = request.get("Role", function.role)
    if role != function.role:
        ensure_role(call, role)
    written = changed(
        call,
        function,
        role=role,
        handler=handler,
        runtime=request.get("Runtime", function.runtime),
        description=request.get("Description", function.description),
        timeout=request.get("Timeout", function.timeout),
        memory_mb=request.get("MemorySize", function.memory_mb),
        environment=checked_environment(request) if "Environment" in request else function.environment,
        ephemeral_mb=request.get("EphemeralStorage", {}).get("Size", function.ephemeral_mb),
    )
    return configuration(written)
