"""`strongroom explain`: what the server would decide now, with the very policies, resources and condition keys that calls have."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from strongroom.app.backends import open_database, open_ring
from strongroom.app.catalogue import OPERATIONS_BY_EVENT
from strongroom.app.clocks import ServerClocks
from strongroom.app.layout import DataDirectory
from strongroom.app.operating import first_account
from strongroom.app.principals import principal_named
from strongroom.app.services import SERVICES
from strongroom.app.trail import read_trail
from strongroom.app.uses import via_service
from strongroom.audit.lookup import TrailSearch
from strongroom.calls.authorisation import access_request, policy_set
from strongroom.calls.call import Call, Environment, Origin
from strongroom.calls.execution import Execution
from strongroom.calls.target import Resource
from strongroom.config import Settings
from strongroom.core.arn import parse_arn
from strongroom.core.errors import ApiError, OperatorError
from strongroom.crypto.random import random_bytes
from strongroom.crypto.tokens import TokenSealer
from strongroom.identity.ids import is_account_id
from strongroom.identity.organisation import resource_control_of
from strongroom.identity.policies import policies_of
from strongroom.identity.principal import Principal
from strongroom.policy.decision import AccessRequest, Values
from strongroom.policy.explain import Explanation, explain
from strongroom.storage.ports import UnitOfWork

ANY = "*"
_ALIAS_ACTIONS = frozenset(("kms:createalias", "kms:updatealias", "kms:deletealias"))
_ENCRYPTION_CONTEXT = "kms:encryptioncontext:"


@dataclass(frozen=True, slots=True)
class Question:
    """May `principal` do `action` on `resource`?

    Attributes:
        principal: ARN, or name of a service.
        context: condition keys in lower case and their values, over what the server itself knows.
    """

    principal: str
    action: str
    resource: str = ANY
    context: Mapping[str, Values] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """The question as the policy engine was asked it, and its answer. `exists` is False for a resource that is not there."""

    request: AccessRequest
    explanation: Explanation
    exists: bool


@dataclass(frozen=True, slots=True)
class Past:
    """A recorded call, what was recorded about its denial, and what would be decided now (None where that can't be asked)."""

    record: Mapping[str, Any]
    decision: Mapping[str, Any] | None
    now: Answer | None


@contextmanager
def _store(settings: Settings) -> Iterator[tuple[UnitOfWork, Environment]]:
    layout = DataDirectory(settings.data_dir)
    layout.ensure_private()
    ring = open_ring(settings, layout)
    database = open_database(settings, layout, ring, None)
    database.open()
    try:
        search = TrailSearch(layout.audit, database.audit())
        yield database.begin(inline=False), Environment(ServerClocks(), random_bytes, TokenSealer(ring), lambda _: None, search)
    finally:
        database.close()


def answer(settings: Settings, question: Question) -> Answer:
    """Return what would be decided now. Nothing is called and nothing recorded. Raises OperatorError."""
    with _store(settings) as (unit, environment):
        now = environment.clocks.wall.now()
        principal = principal_named(unit, question.principal, first_account(settings), now)
        parts = parse_arn(question.resource)
        call = _call(unit, environment, principal, (parts.region if parts else "") or settings.region, question.action)
        resource, exists = _resource(call, question)
        request = access_request(call, question.action, resource, question.context)
        control = resource_control_of(unit, resource.account_id)
        policies = policy_set(policies_of(unit, principal), control, question.action, resource)
        return Answer(request, explain(request, policies), exists)


def _call(unit: UnitOfWork, environment: Environment, principal: Principal, region: str, action: str) -> Call:
    """Return a call that is never run: what resolving the resource and the condition keys needs. TLS is taken for granted."""
    now = environment.clocks.wall.now()
    origin = Origin("", "", "", secure_transport=True)
    service, _, name = action.partition(":")
    operations = SERVICES[service].operations if service in SERVICES else SERVICES["sts"].operations
    return Call(
        operation=operations.get(name) or next(iter(operations.values())),
        principal=principal,
        account_id=principal.account_id,
        region=region,
        now=now,
        origin=origin,
        request={},
        store=unit,
        environment=environment,
        runner=Execution(SERVICES, environment, unit, origin, now),
    )


def _resource(call: Call, question: Question) -> tuple[Resource, bool]:
    """Return the resource with its policy, tags and condition keys, and whether it exists; asked of its own service."""
    parts = parse_arn(question.resource)
    owner = parts.account_id if parts and is_account_id(parts.account_id) else call.account_id
    plain = Resource(question.resource, owner)
    asked = _resolver(question)
    if asked is None:
        return plain, True
    service, operation, request = asked
    resolver: Any = SERVICES[service].operations[operation].resource
    try:
        target = resolver(call, request)
    except ApiError as error:
        raise OperatorError(f"{question.resource}: {error.message or error.code}") from error
    return target.resource, target.absent is None


def _resolver(question: Question) -> tuple[str, str, Mapping[str, str]] | None:
    """Return the operation that resolves such an ARN, and a request that names it; None where the ARN says everything."""
    parts = parse_arn(question.resource)
    kind = f"{parts.service}:{parts.resource.partition('/')[0].partition(':')[0]}" if parts else ""
    if kind in {"kms:key", "kms:alias"} and question.action.lower() not in _ALIAS_ACTIONS:
        return "kms", "DescribeKey", {"KeyId": question.resource}
    if kind == "secretsmanager:secret":
        return "secretsmanager", "DescribeSecret", {"SecretId": question.resource}
    if kind == "ssm:parameter":
        return "ssm", "GetParameter", {"Name": question.resource}
    if kind == "iam:role" and question.action.lower().startswith("sts:"):
        return "sts", "AssumeRole", {"RoleArn": question.resource, "RoleSessionName": "explained"}
    return None


def past(settings: Settings, request_id: str) -> list[Past]:
    """Return the recorded calls of a request, the outer one first, and what would be decided about each now. Raises OperatorError."""
    with read_trail(settings) as reader:
        records = list(reader.matching(lambda record: record.get("requestID") == request_id))
    if not records:
        raise OperatorError(f"the trail of account {settings.account_id} has no request {request_id}")
    return [_past(settings, record) for record in reversed(records)]


def _past(settings: Settings, record: Mapping[str, Any]) -> Past:
    decision = (record.get("additionalEventData") or {}).get("decision")
    question = _question(record, decision)
    if question is None:
        return Past(record, decision, None)
    try:
        return Past(record, decision, answer(settings, question))
    except OperatorError:
        return Past(record, decision, None)  # the principal or the resource is gone, or was never one


def _question(record: Mapping[str, Any], decision: Mapping[str, Any] | None) -> Question | None:
    operation = OPERATIONS_BY_EVENT.get((record["eventSource"], record["eventName"]))
    principal = record["userIdentity"].get("arn")
    if operation is None or not operation.action or principal is None:
        return None
    arns = [resource["ARN"] for resource in record.get("resources") or []]
    asked = decision or {"action": operation.action, "resource": arns[0] if arns else ANY}
    return Question(principal, asked["action"], asked["resource"], _recorded_context(record))


def _recorded_context(record: Mapping[str, Any]) -> dict[str, Values]:
    """Return the condition keys that an event tells."""
    context: dict[str, Values] = {"aws:requestedregion": (record["awsRegion"],)}
    via = via_service(record)
    if via:
        context |= {"kms:viaservice": (via,), "aws:viaawsservice": ("true",)}
    else:
        tls = "true" if "tlsDetails" in record else "false"
        context |= {"aws:sourceip": (record["sourceIPAddress"],), "aws:useragent": (record["userAgent"],), "aws:securetransport": (tls,)}
    parameters = record.get("requestParameters") or {}
    for name, value in (parameters.get("encryptionContext") or {}).items():
        context[_ENCRYPTION_CONTEXT + name.lower()] = (value,)
    if parameters.get("externalId"):
        context["sts:externalid"] = (parameters["externalId"],)
    return context
