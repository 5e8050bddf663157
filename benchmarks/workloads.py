"""The calls that are measured: each is set up through boto3 and then frozen as one signed request that wrk replays."""

import dataclasses
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest
from processes import Running

REGION = "us-east-1"
RECORDS = 128  # that the writing workloads change in turn
VERSIONS = 100  # of each secret: its tokens must not be sent twice


@dataclass(frozen=True)
class SignedRequest:
    """One HTTP request, ready to be sent as often as it stays in time."""

    path: str
    headers: dict[str, str]
    body: str


Arguments = dict[str, Any]


@dataclass(frozen=True)
class Workload:
    """A call and what must exist before it.

    Attributes:
        prepare: sets up and returns the arguments of the call; of several calls, which are then sent in turn.
        caller: who calls where the root user may not.
        writes: each call changes something, so it is measured at once, without a load that warms up.
    """

    name: str
    service: str
    prepare: Callable[[Running], Arguments | list[Arguments]]
    operation: str
    caller: Callable[[Running], Running] | None = None
    writes: bool = False


def client(server: Running, service: str) -> Any:
    """Return a boto3 client of `server`."""
    connect: Any = boto3.client
    return connect(
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


def freeze(server: Running, workload: Workload, arguments: Arguments | list[Arguments]) -> list[SignedRequest]:
    """Return the signed requests that boto3 would send."""
    made = client(server, workload.service)

    def capture(request: AWSPreparedRequest, **_: Any) -> None:
        raise _Captured(request)

    made.meta.events.register("before-send", capture)
    return [_frozen(made, workload.operation, each) for each in (arguments if isinstance(arguments, list) else [arguments])]


def _frozen(made: Any, operation: str, arguments: Arguments) -> SignedRequest:
    try:
        getattr(made, operation)(**arguments)
    except _Captured as captured:
        request: Any = captured.request
        return SignedRequest("/", {name: _text(value) for name, value in request.headers.items()}, _text(request.body))
    raise RuntimeError("boto3 sent nothing")


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _key(server: Running) -> str:
    key_id: str = client(server, "kms").create_key()["KeyMetadata"]["KeyId"]
    return key_id


def _encrypt(server: Running) -> Arguments:
    return {"KeyId": _key(server), "Plaintext": b"a secret of 32 bytes, like a key"}


def _decrypt(server: Running) -> Arguments:
    return {"CiphertextBlob": client(server, "kms").encrypt(**_encrypt(server))["CiphertextBlob"]}


def _data_key(server: Running) -> Arguments:
    return {"KeyId": _key(server), "KeySpec": "AES_256"}


def _secret(server: Running) -> Arguments:
    value = '{"username":"admin","password":"MyPassword123"}'
    client(server, "secretsmanager").create_secret(Name="bench/secret", SecretString=value)
    return {"SecretId": "bench/secret"}


def _parameter(kind: str) -> Callable[[Running], Arguments]:
    def prepare(server: Running) -> Arguments:
        name = f"/bench/{kind.lower()}"
        client(server, "ssm").put_parameter(Name=name, Value="MySecurePassword123", Type=kind)
        return {"Name": name, "WithDecryption": True}

    return prepare


def _role(server: Running) -> Arguments:
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


def _sign(server: Running) -> Arguments:
    made = client(server, "kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    return {"KeyId": made["KeyMetadata"]["KeyId"], "Message": b"a message", "SigningAlgorithm": "ECDSA_SHA_256"}


def _mac(server: Running) -> Arguments:
    made = client(server, "kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    return {"KeyId": made["KeyMetadata"]["KeyId"], "Message": b"a message", "MacAlgorithm": "HMAC_SHA_256"}


def _put_parameters(server: Running) -> list[Arguments]:
    """Return changes of RECORDS parameters: writers of one record would only wait for each other."""
    ssm = client(server, "ssm")
    names = [f"/bench/written/{number}" for number in range(RECORDS)]
    for name in names:
        ssm.put_parameter(Name=name, Value="first", Type="String")
    return [{"Name": name, "Value": "another value", "Type": "String", "Overwrite": True} for name in names]


def _put_secrets(server: Running) -> list[Arguments]:
    """Return new versions of RECORDS secrets, each under a token of its own: a repeated one would change nothing."""
    manager = client(server, "secretsmanager")
    names = [f"bench/written/{number}" for number in range(RECORDS)]
    for name in names:
        manager.create_secret(Name=name, SecretString="first")
    rounds = [(name, str(uuid.uuid4())) for _ in range(VERSIONS) for name in names]
    return [{"SecretId": name, "SecretString": "another value", "ClientRequestToken": token} for name, token in rounds]


WORKLOADS = (
    Workload("Decrypt", "kms", _decrypt, "decrypt"),
    Workload("Encrypt", "kms", _encrypt, "encrypt"),
    Workload("GenerateDataKey", "kms", _data_key, "generate_data_key"),
    Workload("GetSecretValue", "secretsmanager", _secret, "get_secret_value"),
    Workload("GetParameter(String)", "ssm", _parameter("String"), "get_parameter"),
    Workload("GetParameter(SecureString)", "ssm", _parameter("SecureString"), "get_parameter"),
    Workload("AssumeRole", "sts", _role, "assume_role", _user),
)
FURTHER = (
    Workload("Sign(ECC_NIST_P256)", "kms", _sign, "sign"),
    Workload("GenerateMac", "kms", _mac, "generate_mac"),
)
WRITES = (
    Workload("PutParameter", "ssm", _put_parameters, "put_parameter", writes=True),
    Workload("PutSecretValue", "secretsmanager", _put_secrets, "put_secret_value", writes=True),
)
