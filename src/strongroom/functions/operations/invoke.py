"""Invoke: authorised and audited here, run once that is committed.

A function that this server does not hold is invoked at the other endpoint, if one is set.
"""

import base64
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.functions import FunctionRunner, Invocation, InvocationAnswer, RemoteInvocation
from strongroom.calls.target import Resource, Target
from strongroom.core.errors import AccessDenied, ApiError
from strongroom.functions.errors import FunctionsUnavailable, InvalidRequestContent, PayloadTooLarge
from strongroom.functions.records import FunctionRecord
from strongroom.functions.resolve import function_in_request, reference_in
from strongroom.functions.roles import execution_credentials
from strongroom.functions.rules.limits import LOG_TAIL_BYTES, MOST_PAYLOAD_BYTES
from strongroom.functions.rules.names import LATEST, function_arn
from strongroom.functions.rules.permissions import policy_document
from strongroom.functions.service import operation
from strongroom.functions.tables import CODE
from strongroom.functions.templates.sessions import template_session
from strongroom.policy.decision import PrincipalType

if TYPE_CHECKING:
    from types_boto3_lambda.type_defs import InvocationRequestTypeDef

DRY_RUN = "DryRun"
NO_CONTENT = 204
_HEADERS = {"InvocationType": "X-Amz-Invocation-Type", "LogType": "X-Amz-Log-Type", "ClientContext": "X-Amz-Client-Context"}
# Whether Secrets Manager may invoke a function at the other endpoint is for that endpoint to say.
_REMOTE_POLICY = policy_document(
    {"remote": '{"Effect":"Allow","Principal":{"Service":"secretsmanager.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"*"}'}
)


class ModeNotSupported(ApiError):
    """Invocations without an answer are not offered."""

    code = "ModeNotSupportedException"


def _function_to_invoke(call: Call, request: Mapping[str, Any]) -> Target[FunctionRecord]:
    target = function_in_request(call, request)
    runner = call.environment.functions
    if target.absent is None or runner is None or not runner.forwards:
        return target
    reference = reference_in(request)
    account_id, region = reference.account_id or call.account_id, reference.region or call.region
    return Target(Resource(function_arn(region, account_id, reference.name), account_id, policy=_REMOTE_POLICY))


@operation("Invoke", action="lambda:InvokeFunction", resource=_function_to_invoke, hidden=("Payload", "ClientContext"))
def invoke(call: Call, function: FunctionRecord | None, request: "InvocationRequestTypeDef") -> dict[str, Any]:
    """Run a function and answer what it returned; with DryRun, only say that the caller may.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """
    kind = request.get("InvocationType", "RequestResponse")
    if kind == "Event":
        raise ModeNotSupported("This server runs functions for callers that wait: use the RequestResponse invocation type.")
    runner = call.environment.functions
    if runner is None:
        raise FunctionsUnavailable("This process does not run functions.")
    if kind == DRY_RUN:
        return {"StatusCode": NO_CONTENT}
    payload: Any = request.get("Payload", b"")
    if len(payload) > MOST_PAYLOAD_BYTES:
        raise PayloadTooLarge(len(payload), MOST_PAYLOAD_BYTES)
    call.ensure_may_block()
    run = _remote(call, runner, request, payload) if function is None else _local(call, runner, function, payload)
    tail = request.get("LogType") == "Tail"
    call.defer(lambda: _response(run(), tail=tail))
    return {"StatusCode": 200}


def _local(call: Call, runner: FunctionRunner, function: FunctionRecord, payload: bytes) -> Callable[[], InvocationAnswer]:
    event = _event(payload)
    code, scope = None, f"{function.arn}/{function.revision_id}"
    if function.template:
        if call.principal.facts.type is not PrincipalType.SERVICE:
            raise AccessDenied(f"{function.name} is a template of the server: only Secrets Manager invokes it.")
        credentials = template_session(call, function, event)
        scope = f"{scope}/{event.get('SecretId')}"
    else:
        credentials = execution_credentials(call, function)
        record = call.store.get(CODE, function.account_id, function.region, function.name, function.code_sha256)
        code = record.data if record else b""
    invocation = Invocation(
        arn=function.arn,
        name=function.name,
        account_id=function.account_id,
        region=function.region,
        request_id=call.origin.request_id,
        scope=scope,
        handler=function.handler,
        code=code,
        memory_mb=function.memory_mb,
        timeout=function.timeout,
        environment=function.environment,
        credentials=credentials,
        payload=payload or b"{}",
    )
    return lambda: runner.run(invocation)


def _event(payload: bytes) -> dict[str, Any]:
    """Return the event if it is a JSON object, an empty one for other JSON. Raises InvalidRequestContent."""
    try:
        event = msgspec.json.decode(payload or b"{}")
    except (ValueError, RecursionError) as error:
        raise InvalidRequestContent("Could not parse request body into json: the payload is not valid JSON.") from error
    return event if isinstance(event, dict) else {}


def _remote(call: Call, runner: FunctionRunner, request: "InvocationRequestTypeDef", payload: bytes) -> Callable[[], InvocationAnswer]:
    reference = reference_in(request)
    region = reference.region or call.region
    arn = function_arn(region, reference.account_id or call.account_id, reference.name)
    given: Mapping[str, Any] = request
    headers = {header: str(given[member]) for member, header in _HEADERS.items() if member in given}
    qualifier = request.get("Qualifier") or reference.qualifier
    invocation = RemoteInvocation(f"{arn}:{qualifier}" if qualifier else arn, region, payload, headers)
    return lambda: runner.forward(invocation)


def _response(answer: InvocationAnswer, *, tail: bool) -> dict[str, Any]:
    return {
        "StatusCode": answer.status,
        "FunctionError": answer.error,
        "LogResult": base64.b64encode(answer.log[-LOG_TAIL_BYTES:]).decode() if tail else None,
        "Payload": answer.payload,
        "ExecutedVersion": answer.version or LATEST,
    }
