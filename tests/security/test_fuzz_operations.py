"""Every offered operation, driven through the real pipeline with generated requests: no failure of the server's own, and no wait."""

import json
import os
import random
from collections.abc import Callable, Mapping
from typing import Any

import botocore.session
import pytest
from botocore.parsers import create_parser
from tests.security.generated import ACCOUNT, Generator
from tests.security.in_process import InProcess

from strongroom.app.services import SERVICES

TIMES = int(os.environ.get("FUZZ_TIMES", "15"))  # requests to each operation; more by hand
SLOW_SECONDS = 1.0
SLOW_SPECS = frozenset(("RSA_3072", "RSA_4096"))  # finding their primes may take seconds, in a thread of the pool
SERVER_FAULTS = (b"InternalFailure", b"InternalServerError", b"ServiceUnavailable", b"InternalService", b"KMSInternal")


USER = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]})
KEYS: Mapping[str, Mapping[str, Any]] = {
    "alias/one": {},
    "alias/two": {},
    "alias/rsa": {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"},
    "alias/ec": {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"},
    "alias/mac": {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
    "alias/multi": {"MultiRegion": True},
    "alias/import": {"Origin": "EXTERNAL"},
    "alias/off": {},
}
THINGS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("kms", "DisableKey", {"KeyId": "alias/off"}),
    ("secretsmanager", "CreateSecret", {"Name": "one", "SecretString": "a", "ClientRequestToken": "0" * 32}),
    ("secretsmanager", "CreateSecret", {"Name": "two", "KmsKeyId": "alias/one"}),
    ("ssm", "PutParameter", {"Name": "/a", "Value": "1", "Type": "String"}),
    ("ssm", "PutParameter", {"Name": "plain", "Value": "1", "Type": "SecureString", "Tier": "Advanced"}),
    ("iam", "CreateUser", {"UserName": "one"}),
    ("iam", "CreateUser", {"UserName": "two"}),
    ("iam", "CreateGroup", {"GroupName": "one"}),
    ("iam", "CreateRole", {"RoleName": "one", "AssumeRolePolicyDocument": TRUST}),
    ("iam", "CreatePolicy", {"PolicyName": "one", "PolicyDocument": USER}),
    ("iam", "CreateInstanceProfile", {"InstanceProfileName": "one"}),
    ("iam", "CreateAccessKey", {"UserName": "one"}),
    ("iam", "CreateVirtualMFADevice", {"VirtualMFADeviceName": "one"}),
    ("iam", "CreateOpenIDConnectProvider", {"Url": "https://example.com", "ThumbprintList": ["a" * 40]}),
)


def furnish(node: InProcess, account_id: str, generator: Generator) -> None:
    """Make one of everything, so that generated requests find something."""
    for alias, request in KEYS.items():
        made = json.loads(node.send(node.request("kms", "CreateKey", request, account_id)).body)
        generator.learn(made)
        node.send(node.request("kms", "CreateAlias", {"AliasName": alias, "TargetKeyId": made["KeyMetadata"]["KeyId"]}, account_id))
    for service, operation, members in THINGS:
        node.send(node.request(service, operation, members, account_id))


def _parser(service: str) -> Callable[[int, bytes, str], Any]:
    model = botocore.session.Session().get_service_model(service)
    parser = create_parser(model.metadata["protocol"])

    def parse(status: int, body: bytes, operation: str) -> Any:
        shape: Any = model.operation_model(operation).output_shape
        return parser.parse({"status_code": status, "headers": {}, "body": body}, shape)

    return parse


def drive(node: InProcess, generator: Generator, service: str, times: int) -> list[str]:
    """Send `times` generated requests to every operation of a service; return what went wrong."""
    wrong: list[str] = []
    parse, model = _parser(service), node.model(service)
    operations = [name for name in SERVICES[service].operations for _ in range(times)]
    generator.draw.shuffle(operations)
    for operation in operations:
        shape = model.operations[operation].input
        asked = generator.structure(model, shape) if shape else {}
        answer, took, errors = node.watched(node.request(service, operation, asked, ACCOUNT))
        slow = took > SLOW_SECONDS and SLOW_SPECS.isdisjoint(value for value in asked.values() if isinstance(value, str))
        if errors or slow or any(fault in answer.body[:400] for fault in SERVER_FAULTS):
            wrong.append(f"{operation} {asked!r:.800} -> {answer.body[:200]!r} in {took:.1f} s {errors!r:.3000}")
        elif answer.status == 200:
            generator.learn(parse(answer.status, answer.body, operation))
    return wrong


@pytest.mark.parametrize("service", ["cloudtrail", "iam", "kms", "secretsmanager", "ssm", "sts"])
def test_no_generated_request_makes_the_server_fail_or_wait(node: InProcess, service: str) -> None:
    """Whatever is asked gets an answer, or an AWS error that names the caller's fault, within a second."""
    generator = Generator(random.Random(service))  # noqa: S311 - the same requests in each run
    furnish(node, ACCOUNT, generator)
    wrong = drive(node, generator, service, TIMES)
    assert not wrong, "\n".join(wrong[:20])
