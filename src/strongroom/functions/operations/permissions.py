"""The resource policy of a function."""

from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.functions.errors import FunctionExists, InvalidParameterValue, PolicyNotFound
from strongroom.functions.operations.code import changed, ensure_revision
from strongroom.functions.records import FunctionRecord
from strongroom.functions.resolve import function_in_request, stored_function_in_request
from strongroom.functions.rules.limits import MOST_POLICY_BYTES
from strongroom.functions.rules.permissions import policy_document, statement_from
from strongroom.functions.service import operation
from strongroom.policy.parse import MalformedPolicy, PolicyKind, parse_policy

if TYPE_CHECKING:
    from types_boto3_lambda.type_defs import AddPermissionRequestTypeDef, GetPolicyRequestTypeDef, RemovePermissionRequestTypeDef

ALREADY_THERE = "The statement id ({}) provided already exists. Please provide a new statement id, or remove the existing statement."
NO_POLICY = "The resource you requested does not exist."


@operation("AddPermission", action="lambda:AddPermission", resource=stored_function_in_request, recorded=("Statement",))
def add_permission(call: Call, function: FunctionRecord, request: "AddPermissionRequestTypeDef") -> dict[str, Any]:
    """Add a statement that lets a service, an account or a principal use the function.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
    """
    ensure_revision(function, request)
    statement_id = request["StatementId"]
    if statement_id in function.policy:
        raise FunctionExists(ALREADY_THERE.format(statement_id))
    statement = statement_from(request, function.arn)
    policy = {**function.policy, statement_id: statement}
    document = policy_document(policy) or ""
    if len(document) > MOST_POLICY_BYTES:
        raise InvalidParameterValue("The final policy size is bigger than the limit (20480).")
    try:
        parse_policy(document, PolicyKind.RESOURCE)
    except MalformedPolicy as error:
        raise InvalidParameterValue(f"The permission can't be granted: {error}") from error
    changed(call, function, policy=policy)
    return {"Statement": statement}


@operation("RemovePermission", action="lambda:RemovePermission", resource=stored_function_in_request)
def remove_permission(call: Call, function: FunctionRecord, request: "RemovePermissionRequestTypeDef") -> dict[str, Any]:
    """Take a statement away.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html
    """
    ensure_revision(function, request)
    statement_id = request["StatementId"]
    if statement_id not in function.policy:
        raise PolicyNotFound(f"Statement {statement_id} is not found in resource policy.")
    changed(call, function, policy={name: text for name, text in function.policy.items() if name != statement_id})
    return {}


@operation("GetPolicy", action="lambda:GetPolicy", resource=function_in_request)
def get_policy(call: Call, function: FunctionRecord, request: "GetPolicyRequestTypeDef") -> dict[str, Any]:
    """Return the resource policy.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html
    """
    del call, request
    document = policy_document(function.policy)
    if document is None:
        raise PolicyNotFound(NO_POLICY)
    return {"Policy": document, "RevisionId": function.revision_id}
