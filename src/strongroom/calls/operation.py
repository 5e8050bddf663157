"""How an operation is declared. A service room makes one Service and decorates its handlers with it.

Example::

    KMS = Service("kms", event_source="kms.amazonaws.com")
    operation = KMS.operation

    @operation("Encrypt", action="kms:Encrypt", resource=key_named_in_request, conditions=encryption_conditions)
    def encrypt(call: Call, key: KeyRecord, request: EncryptRequestTypeDef) -> EncryptResponseTypeDef: ...
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from strongroom.calls.call import Call
from strongroom.calls.target import Conditions, Target
from strongroom.core.errors import ApiError, Throttled

Request = Mapping[str, Any]
Response = dict[str, Any]
Resolver = Callable[[Call, Any], Target[Any]]
ConditionsOf = Callable[[Call, Any], Conditions]
Handler = Callable[..., Any]
READ_ONLY_PREFIXES = ("Get", "List", "Describe", "Lookup", "BatchGet", "Simulate", "Validate", "Decode")


class NoResource(Enum):
    """The two ways in which an operation has no single resource; both are said by name."""

    ANY = "*"  # authorised on "*"; the handler is called with (call, request)
    HANDLER = "the handler authorises each resource itself with call.authorise"


ANY_RESOURCE: Final = NoResource.ANY
AUTHORISED_BY_HANDLER: Final = NoResource.HANDLER
NO_AUTHORISATION_ACTION: Final = ""  # GetCallerIdentity and the unsigned STS calls: allowed to everyone, said by name


@dataclass(frozen=True, slots=True)
class Operation:
    """One AWS operation: who may call it, on what, what runs, and how it is recorded.

    Attributes:
        action: the IAM action, or NO_AUTHORISATION_ACTION.
        resource: a resolver, ANY_RESOURCE or AUTHORISED_BY_HANDLER.
        conditions: gives the condition keys that the request itself defines (lower-case names). Asked only where a policy looks at
            any; so it neither checks nor changes anything.
        read_only: CloudTrail's readOnly.
        hidden: request members that never enter an event (bytes never do, wherever they stand).
        masked: request members whose value is replaced by AWS's text HIDDEN_DUE_TO_SECURITY_REASONS.
        recorded: response members that the event's responseElements holds (`Credentials.AccessKeyId` for one inside another);
            None records null.
        contended: makes the error for a request that other writers of its records outran in every attempt.
    """

    service: str
    name: str
    action: str
    resource: Resolver | NoResource
    handler: Handler
    conditions: ConditionsOf | None = None
    read_only: bool = False
    hidden: frozenset[str] = frozenset()
    masked: frozenset[str] = frozenset()
    recorded: tuple[str, ...] | None = None
    contended: Callable[[], ApiError] = Throttled


@dataclass(frozen=True, slots=True)
class Service:
    """A service room's operations, in order of declaration.

    Attributes:
        name: the SigV4 service name, also the prefix of its actions: kms, secretsmanager, ssm, iam, sts, cloudtrail.
        event_source: CloudTrail's eventSource.
        regional: False for IAM, whose records and ARNs have no Region.
    """

    name: str
    event_source: str
    regional: bool = True
    operations: dict[str, Operation] = field(default_factory=dict)

    def operation(
        self,
        name: str,
        *,
        action: str,
        resource: Resolver | NoResource,
        conditions: ConditionsOf | None = None,
        read_only: bool | None = None,
        hidden: tuple[str, ...] = (),
        masked: tuple[str, ...] = (),
        recorded: tuple[str, ...] | None = None,
        contended: Callable[[], ApiError] = Throttled,
    ) -> Callable[[Handler], Handler]:
        """Register a handler. `action` and `resource` have no defaults: nobody forgets them.

        The handler is called with (call, record, request) where `resource` is a resolver, else with (call, request).
        `read_only` follows from the name (Get..., List..., Describe...) unless given.
        """

        def register(handler: Handler) -> Handler:
            if name in self.operations:
                raise ValueError(f"{self.name}:{name} is registered twice")
            reads = name.startswith(READ_ONLY_PREFIXES) if read_only is None else read_only
            hides, masks = frozenset(hidden), frozenset(masked)
            self.operations[name] = Operation(
                self.name, name, action, resource, handler, conditions, reads, hides, masks, recorded, contended
            )
            return handler

        return register
