"""What is known of the use of things that are gone does not stay for ever."""

import json
from typing import Any

import pytest
from tests.security.conftest import Ask
from tests.security.in_process import InProcess
from tests.support.clients import new_account

from strongroom.calls.forgetting import Forgetting
from strongroom.calls.jobs import JobContext
from strongroom.calls.observations import OBSERVATIONS, ObservationRecord
from strongroom.calls.scheduler import Context
from strongroom.kms.tables import KEYS
from strongroom.kms.usage import OBSERVED as KMS_OBSERVED
from strongroom.secretsmanager.reads import OBSERVED as SECRETS_OBSERVED

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def facts(node: InProcess) -> set[str]:
    """Return the kinds and names of what is stored."""
    found = node.node.database.begin(inline=False).scan(OBSERVATIONS, limit=10_000)
    return {f"{fact.kind} {fact.name}" for fact in found}


def context(node: InProcess) -> JobContext:
    """Return what jobs are given."""
    return Context(node.node.database, node.node.trail, node.node.environment)


def use_everything(node: InProcess, ask: Ask, account: str) -> dict[str, str]:
    """Use a key, a secret, a role and an access key of the account, and return their names."""
    key = ask(account, "kms", "CreateKey")[1]["KeyMetadata"]["KeyId"]
    assert ask(account, "kms", "Encrypt", KeyId=key, Plaintext=b"x")[0] == ""
    secret = ask(account, "secretsmanager", "CreateSecret", Name="s", SecretString="x", ClientRequestToken="t" * 32)[1]["ARN"]
    assert ask(account, "secretsmanager", "GetSecretValue", SecretId="s")[0] == ""
    ask(account, "iam", "CreateUser", UserName="u")
    ask(account, "iam", "PutUserPolicy", UserName="u", PolicyName="p", PolicyDocument=json.dumps(EVERYTHING))
    made: Any = ask(account, "iam", "CreateAccessKey", UserName="u")[1]["AccessKey"]
    role: Any = ask(account, "iam", "CreateRole", RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))[1]["Role"]
    request = {"RoleArn": role["Arn"], "RoleSessionName": "session"}
    answer = node.send(node.request("sts", "AssumeRole", request, made["AccessKeyId"], secret=made["SecretAccessKey"]))
    assert answer.status == 200
    node.node.observer.flush()
    return {"kms-key": key, "secretsmanager:secret": secret[-8:], "access-key": made["AccessKeyId"], "role": role["RoleId"]}


def test_the_last_uses_of_what_was_deleted_are_removed(node: InProcess, ask: Ask) -> None:
    """Those of keys, secrets, their versions, roles and access keys; those of all others stay."""
    kept, gone = new_account(), new_account()
    names, others = use_everything(node, ask, gone), use_everything(node, ask, kept)
    for found in (names, others):
        found.pop("role")  # a role's use is noted when its session is used
        assert all(any(fact.startswith(kind) and name in fact for fact in facts(node)) for kind, name in found.items())
    store = node.node.database.begin(inline=False)
    store.insert(OBSERVATIONS, ObservationRecord(kind="role", name="AROAGONE", time=1.0, detail=""))
    node.node.database.commit(store).result()
    ask(gone, "secretsmanager", "DeleteSecret", SecretId="s", ForceDeleteWithoutRecovery=True)
    ask(gone, "iam", "DeleteAccessKey", UserName="u", AccessKeyId=names["access-key"])
    unit = node.node.database.begin(inline=False)
    assert unit.get(KEYS, gone, "eu-west-1", names["kms-key"]) is not None
    unit.delete(KEYS, gone, "eu-west-1", names["kms-key"])
    node.node.database.commit(unit).result()
    Forgetting({**KMS_OBSERVED, **SECRETS_OBSERVED}).run(context(node))
    left = facts(node)
    assert not any(name in fact for fact in left for name in (*names.values(), "AROAGONE"))
    assert all(any(fact.startswith(kind) and name in fact for fact in left) for kind, name in others.items())
    assert any(fact.startswith("secretsmanager:version") for fact in left)


def test_the_walk_goes_on_where_it_stopped(node: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many facts there are, one run looks at a bounded number; unknown kinds are left alone."""
    monkeypatch.setattr("strongroom.calls.forgetting.PAGE", 10)
    monkeypatch.setattr("strongroom.calls.forgetting.MOST_PAGES", 1)
    unit = node.node.database.begin(inline=False)
    for number in range(30):
        unit.insert(OBSERVATIONS, ObservationRecord(kind="access-key", name=f"AKIA{number:02d}", time=1.0, detail=""))
    unit.insert(OBSERVATIONS, ObservationRecord(kind="of a newer server", name="x", time=1.0, detail=""))
    node.node.database.commit(unit).result()
    walk = Forgetting({})
    counts = []
    for _ in range(8):
        walk.run(context(node))
        counts.append(sum(fact.startswith("access-key AKIA") and len(fact) == 17 for fact in facts(node)))
    assert 30 > counts[0] >= 20
    assert counts[-1] == 0
    assert "of a newer server x" in facts(node)
