"""BatchGetSecretValue: up to 20 values in one call, each read as GetSecretValue would."""

from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE
from strongroom.calls.target import Resource
from strongroom.core.errors import ApiError
from strongroom.secretsmanager.errors import InvalidParameter
from strongroom.secretsmanager.operations.listing import Search, search_page
from strongroom.secretsmanager.rules.limits import MOST_BATCHED
from strongroom.secretsmanager.service import operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_secretsmanager.type_defs import BatchGetSecretValueRequestTypeDef


@operation("BatchGetSecretValue", action="secretsmanager:BatchGetSecretValue", resource=ANY_RESOURCE)
def batch_get_secret_value(call: Call, request: "BatchGetSecretValueRequestTypeDef") -> dict[str, Any]:
    """Return the current values of the named secrets, or of those that the filters find; what can't be read is told in Errors.

    Each value is a nested GetSecretValue with its own authorisation and audit event.
    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
    """
    secret_ids, token = _wanted(call, request)
    values: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for secret_id in secret_ids:
        try:
            values.append(call.invoke("secretsmanager", "GetSecretValue", {"SecretId": secret_id}))
        except ApiError as error:
            if not error.sender_fault:
                raise
            errors.append({"SecretId": secret_id, "ErrorCode": error.code, "Message": error.message})
    return {"SecretValues": values, "NextToken": token, "Errors": errors}


def _wanted(call: Call, request: "BatchGetSecretValueRequestTypeDef") -> tuple["Sequence[str]", str | None]:
    """Return the ids of the wanted secrets, and the token of what follows. Raises InvalidParameter."""
    named, filters = request.get("SecretIdList"), request.get("Filters")
    if bool(named) == bool(filters):
        raise InvalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.")
    if filters:
        call.authorise("secretsmanager:ListSecrets", Resource("*", call.account_id))
        found, token = search_page(call, Search(filters), request.get("NextToken"), request.get("MaxResults", MOST_BATCHED))
        return [secret.arn for secret in found], token
    if "MaxResults" in request:
        raise InvalidParameter("'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.")
    return named or [], None
