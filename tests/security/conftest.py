"""A node in this process for each module, and calls to it."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import botocore.session
import pytest
from botocore.parsers import create_parser
from tests.security.in_process import REGION, InProcess

Ask = Callable[..., tuple[str, Any]]
_SESSION = botocore.session.Session()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    """Return a node."""
    made = InProcess(tmp_path_factory.mktemp("node"))
    yield made
    made.close()


@pytest.fixture
def ask(node: InProcess) -> Ask:
    """Return what makes a call as an account's root user: (error code or "", answer or error text)."""

    def make(account_id: str, service: str, operation: str, region: str = REGION, **members: Any) -> tuple[str, Any]:
        answer = node.send(node.request(service, operation, members, account_id, region))
        model = _SESSION.get_service_model(service)
        shape: Any = model.operation_model(operation).output_shape
        parser = create_parser(model.metadata["protocol"])
        parsed: Mapping[str, Any] = parser.parse({"status_code": answer.status, "headers": {}, "body": answer.body}, shape)
        error = parsed.get("Error", {})
        return error.get("Code", ""), error.get("Message", "") if error else parsed

    return make


def policy(*statements: Mapping[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
