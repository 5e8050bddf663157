"""The calls that are measured: each is set up through boto3 and then frozen as one signed request that wrk replays."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest
from processes import Running

REGION = "us-east-1"


@dataclass(frozen=True)
class SignedRequest:
    """One HTTP request, ready to be sent as often as it stays in time."""

    path: str
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class Workload:
    """A call, what must exist before it, and who calls where the root user may not."""

    name: str
    service: str
    prepare: Callable[[Running], dict[str, Any]]
    operation: str
    caller: Callable[[Running], Running] | None = None


def client(server: Running, service: str) -> Any:
    """Return a boto3 client of `server`."""
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name=REGION,
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
        aws_session_token=server.session_token,
    )


class _Captured(Exception):
    """Carries the request out of botocore."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        super().__init__()
        self.request = request


def freeze(server: Running, workload: Workload, arguments: dict[str, Any]) -> SignedRequest:
    """Return the signed request that boto3 would send."""
    made = client(server, workload.service)

    def capture(request: AWSPreparedRequest, **_: Any) -> None:
        raise _Captured(request)

    made.meta.events.register("before-send", capture)
    try:
        getattr(made, workload.operation)(**arguments)
    except _Captured as captured:
        request = captured.request
        headers = {name: value.decode() if isinstance(value, bytes) else str(value) for name, value in request.headers.items()}
        body = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
        return SignedRequest("/", headers, body)
    raise RuntimeError("boto3 sent nothing")


def _key(server: Running) -> str:
    key_id: str = client(server, "kms").create_key()["KeyMetadata"]["KeyId"]
    return key_id


def _encrypt(server: Running) -> dict[str, Any]:
    return {"KeyId": _key(server), "Plaintext": b"a secret of 32 bytes, like a key"}


def _decrypt(server: Running) -> dict[str, Any]:
    return {"CiphertextBlob": client(server, "kms").encrypt(**_encrypt(server))["CiphertextBlob"]}


def _data_key(server: Running) -> dict[str, Any]:
    return {"KeyId": _key(server), "KeySpec": "AES_256"}


def _secret(server: Running) -> dict[str, Any]:
    value = '{"username":"admin","password":"MyPassword123"}'
    client(server, "secretsmanager").create_secret(Name="bench/secret", SecretString=value)
    return {"SecretId": "bench/secret"}


def _parameter(kind: str) -> Callable[[Running], dict[str, Any]]:
    def prepare(server: Running) -> dict[str, Any]:
        name = f"/bench/{kind.lower()}"
        client(server, "ssm").put_parameter(Name=name, Value="MySecurePassword123", Type=kind)
        return {"Name": name, "WithDecryption": True}

    return prepare


def _role(server: Running) -> dict[str, Any]:
    account = client(server, "sts").get_caller_identity()["Account"]
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:user/bench"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = client(server, "iam").create_role(RoleName="bench", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    return {"RoleArn": arn, "RoleSessionName": "bench"}


def _user(server: Running) -> Running:
    iam = client(server, "iam")
    iam.create_user(UserName="bench")
    key = iam.create_access_key(UserName="bench")["AccessKey"]
    return dataclasses.replace(server, access_key_id=key["AccessKeyId"], secret_access_key=key["SecretAccessKey"])


WORKLOADS = (
    Workload("Decrypt", "kms", _decrypt, "decrypt"),
    Workload("Encrypt", "kms", _encrypt, "encrypt"),
    Workload("GenerateDataKey", "kms", _data_key, "generate_data_key"),
    Workload("GetSecretValue", "secretsmanager", _secret, "get_secret_value"),
    Workload("GetParameter(String)", "ssm", _parameter("String"), "get_parameter"),
    Workload("GetParameter(SecureString)", "ssm", _parameter("SecureString"), "get_parameter"),
    Workload("AssumeRole", "sts", _role, "assume_role", _user),
)
