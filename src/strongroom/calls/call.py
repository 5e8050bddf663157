"""One running call: what a handler sees. Handlers are synchronous, buffer their writes, and may be run again."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from strongroom.audit.lookup import AuditPage, AuditQuery
from strongroom.audit.sources import Position
from strongroom.calls.functions import FunctionRunner
from strongroom.calls.quotas import ParameterQuotas, Throttle
from strongroom.calls.target import NO_CONDITIONS, ConditionSource, Resource
from strongroom.core.clocks import Clocks
from strongroom.core.errors import AccessDenied
from strongroom.core.ids import RandomBytes, uuid4
from strongroom.crypto.key_stores import KeyStores
from strongroom.crypto.web_identity import IdentityProviders
from strongroom.identity.principal import Principal, service_principal
from strongroom.storage.ports import Store

if TYPE_CHECKING:
    from strongroom.calls.operation import Operation


class Tokens(Protocol):
    """Seals small texts that clients carry: session tokens, pagination tokens, grant tokens. From crypto.tokens."""

    def seal(self, purpose: str, payload: bytes) -> str:
        """Return `payload` encrypted and authenticated for `purpose`, as URL-safe text."""
        ...

    def open(self, purpose: str, token: str) -> bytes | None:
        """Return the payload, or None for anything that `seal` did not make for this purpose."""
        ...


class AuditSearch(Protocol):
    """Finds recorded events again. From audit.trail."""

    def search(self, query: AuditQuery, limit: int, before: Position | None) -> AuditPage:
        """Return up to `limit` events, newest first, that lie beyond `before`. Blocks."""
        ...


class Environment(msgspec.Struct, frozen=True):
    """What every call may use, the same for the whole process. `new_id` makes UUIDs for requests and events."""

    clocks: Clocks
    random_bytes: RandomBytes
    tokens: Tokens
    observe: Callable[["Observation"], None]
    audit_search: AuditSearch
    key_stores: KeyStores | None = None  # None where the operator allows no external key store
    parameters: ParameterQuotas | None = None  # None: AWS's numbers of parameters, and any number of requests
    functions: FunctionRunner | None = None
    kms_requests: Throttle | None = None  # None: any number of requests to KMS
    identity_providers: IdentityProviders | None = None  # None: no web identity is let in
    new_id: Callable[[], str] = partial(uuid4, os.urandom)


class Observation(msgspec.Struct, frozen=True):
    """A last-used fact: newest wins, no revision, flushed in batches. `key` names the thing inside `kind`."""

    kind: str
    key: tuple[str, ...]
    time: float
    detail: str = ""


class Origin(msgspec.Struct, frozen=True):
    """Where a request came from; the same for the nested calls that it causes."""

    request_id: str
    source_ip: str
    user_agent: str
    secure_transport: bool = False
    host: str = ""
    tls_version: str = ""
    tls_cipher: str = ""


class Runner(Protocol):
    """What runs nested calls and authorises; implemented by calls.engine."""

    def authorise(self, call: "Call", action: str, resource: Resource, conditions: ConditionSource) -> None:
        """Return if the call's principal may do `action` on `resource`; otherwise raise AccessDenied with its reason."""
        ...

    def invoke(
        self,
        call: "Call",
        service: str,
        operation: str,
        request: Mapping[str, Any],
        region: str | None = None,
        principal: Principal | None = None,
    ) -> dict[str, Any]:
        """Run a nested call in the same unit of work, as the call's principal or as another."""
        ...

    def defer(self, call: "Call", effect: Callable[[], Mapping[str, Any]]) -> None:
        """Keep what is to be done after the commit."""
        ...


class Call(msgspec.Struct):
    """A call on its way: who, where, when, and the unit of work it reads and writes through.

    Attributes:
        account_id: the caller's account (not always the resource's).
        region: the Region that the request was signed for.
        now: seconds since the epoch on the wall clock, fixed once for all reruns.
        via: services that passed the caller's rights on, outermost first: ("secretsmanager",) when Secrets Manager calls KMS.
        resources: (type, ARN, account id) for the audit event; authorised resources with a type are added by themselves.
        additional: the event's additionalEventData.
    """

    operation: "Operation"
    principal: Principal
    account_id: str
    region: str
    now: float
    origin: Origin
    request: Mapping[str, Any]
    store: Store
    environment: Environment
    runner: Runner
    via: tuple[str, ...] = ()
    authorised: bool = False
    resources: list[tuple[str, str, str]] = msgspec.field(default_factory=list)
    additional: dict[str, Any] = msgspec.field(default_factory=dict)

    def authorise(self, action: str, resource: Resource, conditions: ConditionSource = NO_CONDITIONS) -> None:
        """Return if the caller may do `action` on `resource`; otherwise raise AccessDenied in AWS's wording."""
        self.runner.authorise(self, action, resource, conditions)

    def may(self, action: str, resource: Resource, conditions: ConditionSource = NO_CONDITIONS) -> bool:
        """Return whether `authorise` would return. For lists that leave out what the caller may not see."""
        try:
            self.runner.authorise(self, action, resource, conditions)
        except AccessDenied:
            return False
        return True

    def invoke(self, service: str, operation: str, request: Mapping[str, Any], region: str | None = None) -> dict[str, Any]:
        """Call another service as this caller, the way a client would: same checks, own audit event, same unit of work.

        kms:ViaService and aws:CalledVia name this call's service. If it raises, its writes are dropped and its event stays.
        `region` is for work that reaches into another Region, such as replication. Raises ServiceUnavailable for a service
        that this server does not have.
        """
        return self.runner.invoke(self, service, operation, request, region)

    def invoke_as(
        self, own: str, service: str, operation: str, request: Mapping[str, Any], source: tuple[str, str] | None = None
    ) -> dict[str, Any]:
        """Call another service as one of the server's own, such as `lambda.amazonaws.com`.

        Only policies of the resource that name the service can allow it; `source` is their aws:SourceAccount and aws:SourceArn
        (absent: the caller's account). Otherwise as `invoke`.
        """
        account_id, source_arn = source or (self.account_id, "")
        return self.runner.invoke(self, service, operation, request, None, service_principal(own, account_id, source_arn))

    def defer(self, effect: Callable[[], Mapping[str, Any]]) -> None:
        """Have `effect` run once this call is committed, with no unit of work open; its return value is the response.

        For work outside the store that takes long and may call back into the server. It may raise ApiErrors. Only a call
        that a client (or timed work) made can defer: a nested call's effect is dropped.
        """
        self.runner.defer(self, effect)

    def random_bytes(self, length: int) -> bytes:
        """Return `length` bytes from the operating system's generator; drawn anew in each run."""
        return self.environment.random_bytes(length)

    def ensure_may_block(self) -> None:
        """Call before slow work (RSA, an HSM): an inline run ends here and starts again in the thread pool."""
        self.store.ensure_may_block()
