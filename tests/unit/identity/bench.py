"""Runs operations of a service the way the engine does, over a store in memory."""

import json
import os
from typing import Any

import msgspec
from tests.unit.identity.memory_store import MemoryStore, PlainTokens

from strongroom.audit.lookup import AuditPage, AuditQuery
from strongroom.audit.sources import Position
from strongroom.calls.call import Environment, Observation, Origin
from strongroom.calls.execution import Execution
from strongroom.core.arn import root_arn
from strongroom.core.clocks import Clock
from strongroom.core.secret import SecretBytes
from strongroom.iam import operations as iam_operations
from strongroom.iam.service import IAM
from strongroom.identity.credentials import Credential
from strongroom.identity.policies import policies_of
from strongroom.identity.principal import Principal, root_principal
from strongroom.identity.records import UsageRecord
from strongroom.identity.resolution import Resolver
from strongroom.identity.tables import USAGE
from strongroom.policy.decision import AccessRequest, ConditionContext, PolicySet
from strongroom.policy.evaluate import evaluate
from strongroom.sts import operations as sts_operations
from strongroom.sts.service import STS

ACCOUNT = "111122223333"
OTHER = "444455556666"
ROOT = root_principal(ACCOUNT, root_arn(ACCOUNT))
ORIGIN = Origin("req", "127.0.0.1", "test")
REGISTERED = (iam_operations, sts_operations)


class _Clock:
    def now(self) -> float:
        return 0.0


class _Clocks:
    wall: Clock = _Clock()
    schedule: Clock = _Clock()


class _NoAudit:
    def search(self, query: AuditQuery, limit: int, before: Position | None) -> AuditPage:
        raise AssertionError((query, limit, before))  # these services do not search the audit log


class Bench:
    """One server in memory. `now` may be moved."""

    def __init__(self) -> None:
        self.store: Any = MemoryStore()
        self.tokens = PlainTokens()
        self.now = 1_700_000_000.0
        self.observed: list[Observation] = []
        self.services = {service.name: service for service in (IAM, STS)}
        self.resolver = Resolver(self.tokens)

    def call(self, service: str, operation: str, principal: Principal = ROOT, /, **request: Any) -> dict[str, Any]:
        """Run one call; its writes are dropped if it raises."""
        environment = Environment(_Clocks(), os.urandom, self.tokens, self.observed.append, _NoAudit())
        run = Execution(self.services, environment, self.store, ORIGIN, self.now)
        with self.store.savepoint():
            return run.begin(service, operation, principal, "us-east-1", request)

    def iam(self, operation: str, principal: Principal = ROOT, /, **request: Any) -> dict[str, Any]:
        """Run a call of IAM."""
        return self.call("iam", operation, principal, **request)

    def sts(self, operation: str, principal: Principal = ROOT, /, **request: Any) -> dict[str, Any]:
        """Run a call of STS."""
        return self.call("sts", operation, principal, **request)

    def principal_of(self, credentials: dict[str, Any]) -> Principal:
        """Return whom the Credentials of an STS answer (or an AccessKey of IAM's) stand for, now."""
        return self.credential_of(credentials).principal

    def credential_of(self, credentials: dict[str, Any]) -> Credential:
        """Return the credential behind an answer, and check its secret."""
        found = self.resolver.find(self.store, credentials["AccessKeyId"], credentials.get("SessionToken"), self.now)
        assert found.secret_access_key.reveal() == SecretBytes(credentials["SecretAccessKey"].encode()).reveal()
        return found

    def assume(self, who: Principal, role: str, **more: Any) -> Principal:
        """Return a session of a role of the caller's account as the caller."""
        arn = f"arn:aws:iam::{who.account_id}:role/{role}"
        request = {"RoleArn": arn, "RoleSessionName": "s1"} | more
        return self.principal_of(self.sts("AssumeRole", who, **request)["Credentials"])

    def decide(self, principal: Principal, action: str, resource: str = "*") -> bool:
        """Return whether a caller may do something that no resource policy has a say in."""
        found = policies_of(self.store, principal)
        asked = AccessRequest(principal.facts, action, resource, principal.account_id, ConditionContext())
        return evaluate(asked, PolicySet(identity=found.identity, boundary=found.boundary, session=found.session)).allowed

    def trusting_role(self, name: str, trusted: Principal, *actions: str) -> None:
        """Make a role that trusts a user or role."""
        self.iam("CreateRole", RoleName=name, AssumeRolePolicyDocument=trust({"AWS": trusted.facts.role_arn or trusted.arn}, *actions))

    def usage(self) -> UsageRecord:
        """Return the counts of the account."""
        found: UsageRecord = self.store.get(USAGE, ACCOUNT)
        return found

    def set_usage(self, **counts: int) -> None:
        """Change the counts of the account."""
        self.store.replace(USAGE, msgspec.structs.replace(self.usage(), **counts))

    def user(self, name: str, *statements: dict[str, Any], root: Principal = ROOT) -> Principal:
        """Make a user with an inline policy and return it as the caller."""
        self.iam("CreateUser", root, UserName=name)
        if statements:
            self.iam("PutUserPolicy", root, UserName=name, PolicyName="p", PolicyDocument=policy(*statements))
        return self.principal_of(self.iam("CreateAccessKey", root, UserName=name)["AccessKey"])


def policy(*statements: dict[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """Return a statement of an identity policy."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def deny(*actions: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """Return a denying statement of an identity policy."""
    return {"Effect": "Deny", "Action": list(actions), "Resource": resource, **more}


def trust(principal: Any, *actions: str, **more: Any) -> str:
    """Return a trust policy."""
    return policy({"Effect": "Allow", "Principal": principal, "Action": list(actions or ("sts:AssumeRole",)), **more})
