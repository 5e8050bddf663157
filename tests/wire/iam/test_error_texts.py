"""Each refusal of IAM through boto3: code, words and HTTP status."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.clients import Clients
from tests.unit.iam.error_cases import CASES, Step
from tests.unit.identity.bench import ACCOUNT

STATUS = {
    "NoSuchEntity": 404,
    "EntityAlreadyExists": 409,
    "DeleteConflict": 409,
    "LimitExceeded": 409,
    "ReportNotPresent": 410,
}


def placed(value: Any, account_id: str) -> Any:
    """Return `value` with the account of the table replaced by the test's own."""
    if isinstance(value, str):
        return value.replace(ACCOUNT, account_id)
    if isinstance(value, dict):
        return {key: placed(item, account_id) for key, item in value.items()}
    return [placed(item, account_id) for item in value] if isinstance(value, list) else value


def run(clients: Clients, step: Step) -> None:
    """Run one operation."""
    name, request = step
    client = clients.client("iam")
    methods = {operation: method for method, operation in client.meta.method_to_api_mapping.items()}
    getattr(client, methods[name])(**placed(request, clients.account_id))


@pytest.mark.parametrize(("steps", "operation", "request_", "code", "text"), CASES, ids=[f"{n}-{case[1]}" for n, case in enumerate(CASES)])
def test_a_refusal_has_awss_code_words_and_status(
    clients: Clients, steps: list[Step], operation: str, request_: dict[str, Any], code: str, text: str
) -> None:
    """One row for each."""
    for step in steps:
        run(clients, step)
    with pytest.raises(ClientError) as refused:
        run(clients, (operation, request_))
    error, wire_code = refused.value.response["Error"], "ValidationError" if code == "ValidationException" else code
    assert (error["Code"], error["Message"]) == (wire_code, placed(text, clients.account_id))
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == STATUS.get(code, 400)
