"""Making functions in tests: zip files, execution roles, permissions."""

import io
import json
import zipfile
from typing import Any

from tests.support.clients import Clients

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


def package(**modules: str) -> bytes:
    """Return a zip file of these modules."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in modules.items():
            archive.writestr(f"{name}.py", text)
    return data.getvalue()


def make_role(clients: Clients, name: str = "function", *statements: dict[str, Any]) -> str:
    """Make a role that functions may have, and return its ARN."""
    arn: str = clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        clients.iam.put_role_policy(RoleName=name, PolicyName="given", PolicyDocument=document)
    return arn


def make_function(clients: Clients, code: str, role: str | None = None, name: str = "f", **more: Any) -> str:
    """Make a function whose module `code` has a `handler`, and return its ARN."""
    made = clients.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=role or make_role(clients),
        Handler="code_of_function.handler",
        Code={"ZipFile": package(code_of_function=code)},
        **{"Timeout": 10, **more},
    )
    return str(made["FunctionArn"])


def allow_rotation(clients: Clients, function: str) -> None:
    """Let Secrets Manager invoke the function."""
    clients.client("lambda").add_permission(
        FunctionName=function, StatementId="rotation", Action="lambda:InvokeFunction", Principal="secretsmanager.amazonaws.com"
    )
