"""What policies cost a Decrypt: a role's session under ten policies of twenty statements beside one under one policy of one statement.

Run as `python benchmarks/session_policies.py [--connections 16] [--seconds 4] [--workers 2]`. The target is a ratio of 1.5 at the most.
"""

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from load import load
from processes import Running, strongroom
from workloads import Workload, client, freeze

POLICIES, STATEMENTS, TARGET = 10, 20, 1.5
SERVICES = ("s3", "sqs", "dynamodb", "ec2", "lambda", "kms", "secretsmanager", "ssm", "iam", "sts")
ALLOW = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _statements(policy: int) -> list[dict[str, Any]]:
    """Return twenty statements as real policies have them: other services, other keys, conditions, and some that deny."""
    made: list[dict[str, Any]] = [
        {
            "Sid": f"S{number}",
            "Effect": "Deny" if number % 5 == 4 else "Allow",
            "Action": [f"{SERVICES[(policy + number) % len(SERVICES)]}:{verb}" for verb in ("Get*", "List*", "Describe*", "Delete*")],
            "Resource": f"arn:aws:*:*:*:team-{policy}-{number}/*",
            "Condition": {"StringEquals": {"aws:PrincipalTag/team": f"t{number}"}},
        }
        for number in range(STATEMENTS - 1)
    ]
    return [
        *made,
        {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*"], "Resource": "arn:aws:kms:*:*:key/*"},
    ]


def _as_session(server: Running, name: str, documents: list[str], *, passed: bool) -> Running:
    """Return the server with the credentials of a role's session; its policies are the role's, or passed with the session too."""
    account = client(server, "sts").get_caller_identity()["Account"]
    iam = client(server, "iam")
    user = f"arn:aws:iam::{account}:user/{name}"
    iam.create_user(UserName=name)
    trust = _document({"Effect": "Allow", "Principal": {"AWS": user}, "Action": "sts:AssumeRole"})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    arns = [iam.create_policy(PolicyName=f"{name}-{n}", PolicyDocument=text)["Policy"]["Arn"] for n, text in enumerate(documents)]
    for arn in arns:
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    as_user = dataclasses.replace(server, access_key_id=key["AccessKeyId"], secret_access_key=key["SecretAccessKey"])
    given = client(as_user, "sts").assume_role(
        RoleArn=role, RoleSessionName="bench", PolicyArns=[{"arn": arn} for arn in arns] if passed else []
    )["Credentials"]
    return dataclasses.replace(
        server, access_key_id=given["AccessKeyId"], secret_access_key=given["SecretAccessKey"], session_token=given["SessionToken"]
    )


def _cost(server: Running, arguments: dict[str, Any], connections: int, seconds: float) -> float:
    workload = Workload("Decrypt", "kms", lambda _: arguments, "decrypt")
    load(server, freeze(server, workload, arguments), connections=connections, seconds=1)
    return load(server, freeze(server, workload, arguments), connections=connections, seconds=seconds).cpu_microseconds


def main() -> int:
    """Print the figures; the exit status says whether the target holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    many = [_document(*_statements(policy)) for policy in range(POLICIES)]
    with strongroom(options.workers) as server:
        kms = client(server, "kms")
        key_id = kms.create_key()["KeyMetadata"]["KeyId"]
        arguments = {"CiphertextBlob": kms.encrypt(KeyId=key_id, Plaintext=b"a secret of 32 bytes, like a key")["CiphertextBlob"]}
        cases = {
            "1 policy of 1 statement": _as_session(server, "one", [_document(ALLOW)], passed=False),
            f"{POLICIES} policies of {STATEMENTS} statements": _as_session(server, "many", many, passed=False),
            "the same, passed as session policies too": _as_session(server, "passed", many, passed=True),
        }
        costs = {name: _cost(case, arguments, options.connections, options.seconds) for name, case in cases.items()}
    one, *others = costs.values()
    for name, cost in costs.items():
        print(f"{name}: {cost:.0f} us of CPU a Decrypt, {cost / one:.2f} times")
    return 0 if others[0] <= TARGET * one else 1


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main())
