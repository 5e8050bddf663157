"""What goes into a policy evaluation and what comes out.

Source: IAM User Guide, "Policy evaluation logic".
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from strongroom.policy.compile import CompiledPolicy

Values = tuple[str, ...]
ContextValue = Values | Callable[[], Values | None]
Conditions = Mapping[str, ContextValue]
ConditionSource = Conditions | Callable[[], Conditions]


class PolicyType(Enum):
    """The kinds of policy, named as AWS names them in its AccessDenied texts (after "no ... allows" or "in a ...")."""

    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"
    TRUST = "role trust policy"


class PrincipalType(Enum):
    """aws:PrincipalType, and SERVICE for the server's own services."""

    ROOT = "Account"
    USER = "User"
    ASSUMED_ROLE = "AssumedRole"
    FEDERATED_USER = "FederatedUser"
    ANONYMOUS = "Anonymous"
    SERVICE = "Service"


class ResourceRule(Enum):
    """How a resource's policy takes part in the decision."""

    ORDINARY = "ordinary"  # same account: identity or resource policy; cross account: both
    KMS_KEY = "kms"  # the key policy is the root of trust; IAM counts only where it delegates; grants
    TRUST = "trust"  # a role's trust policy: must allow; naming the account root needs an identity allow too


class PrincipalFacts(msgspec.Struct, frozen=True):
    """Who calls, as far as policies can name them.

    Attributes:
        arn: as in AccessDenied texts: the user, the session (assumed-role, federated-user) or the account root.
        role_arn: the role of an assumed-role session, else None.
        unique_id: AIDA... of a user, AROA... of a role (without the session name); policies that named a principal hold it.
        service: name such as secretsmanager.amazonaws.com for PrincipalType.SERVICE.
        federated_provider: ARN or host of the web identity provider of a federated session.
    """

    type: PrincipalType
    account_id: str
    arn: str
    role_arn: str | None = None
    unique_id: str | None = None
    service: str | None = None
    federated_provider: str | None = None


MOST_WORK = 400_000  # some 20 ms; a policy of 50 patterns and a request with 50 values take 5,000


class TooMuchWorkError(ValueError):
    """The policies and the values of the request take too long to compare: the request is denied."""

    def __init__(self) -> None:
        super().__init__("the policies have too many patterns for values as many or as long as these")


class ConditionContext:
    """The condition keys of one request. Names are case-insensitive; values are computed when a policy asks for them.

    A value is a tuple of strings, or a callable that returns one (or None for an absent key) and is called once at most. So is a
    source that is a callable: most policies ask for no condition key at all.
    `fallback` answers for the keys that no source holds (the global keys), so that a request pays only for what its policies ask.
    """

    __slots__ = ("_fallback", "_sources", "_spent", "_values")

    def __init__(self, *sources: ConditionSource, fallback: Callable[[str], Values | None] | None = None) -> None:
        """Take mappings whose names are lower case already; later ones win."""
        self._fallback = fallback
        self._sources = list(sources)
        self._spent = 0
        self._values: dict[str, Values | None] = {}

    def get(self, name: str) -> Values | None:
        """Return the values of the key with this lower-case name, or None if the request has no such key."""
        try:
            return self._values[name]
        except KeyError:
            value = self._values[name] = self._found(name)
            return value

    def start_anew(self) -> None:
        """Forget what was spent: another evaluation begins."""
        self._spent = 0

    def spend(self, work: int) -> None:
        """Count work of about 50 ns a unit against what one evaluation may take. Raises TooMuchWorkError."""
        self._spent += work
        if self._spent > MOST_WORK:
            raise TooMuchWorkError

    def _found(self, name: str) -> Values | None:
        sources = self._sources
        place = len(sources)
        while place:
            place -= 1
            source = sources[place]
            if callable(source):
                source = sources[place] = source()
            value = source.get(name)
            if value is not None:
                return value if isinstance(value, tuple) else value()
        return self._fallback(name) if self._fallback else None

    def asked(self) -> dict[str, Values | None]:
        """Return the keys that policies asked for so far, absent ones as None."""
        return self._values

    def known(self) -> dict[str, Values]:
        """Return the keys that the request brought and those that policies asked for, without absent ones."""
        found = {name: self.get(name) for name in tuple(self._values)}
        return {name: values for name, values in found.items() if values is not None}


class AccessRequest(msgspec.Struct, frozen=True):
    """One question: may this principal do this action on this resource?

    Attributes:
        action: `service:Name` in AWS's own case.
        resource: the ARN, or "*" for actions without one.
        resource_account_id: who owns the resource; the caller's own account for "*".
    """

    principal: PrincipalFacts
    action: str
    resource: str
    resource_account_id: str
    context: ConditionContext


class NamedPolicy(msgspec.Struct, frozen=True):
    """A compiled policy and what to call it in explanations: an ARN, or `user/alice/inline-name`."""

    name: str
    policy: "CompiledPolicy"


class PolicySet(msgspec.Struct, frozen=True):
    """Every policy that may take part in one decision.

    Attributes:
        identity: policies of the user and its groups, or of the role; empty for root.
        boundary: the permissions boundary, if one is set.
        session: session policies; None where the session has none, an empty tuple for one that grants nothing.
        service_control: one tuple for each level from the organisation's root down; each level must allow.
        resource_control: the same for the resource's account.
        resource: the policy of the resource, if it has one.
        grant: for KMS keys, answers whether a grant allows the request; asked only when nothing else allows.
    """

    identity: tuple[NamedPolicy, ...] = ()
    boundary: NamedPolicy | None = None
    session: tuple[NamedPolicy, ...] | None = None
    service_control: tuple[tuple[NamedPolicy, ...], ...] = ()
    resource_control: tuple[tuple[NamedPolicy, ...], ...] = ()
    resource: NamedPolicy | None = None
    rule: ResourceRule = ResourceRule.ORDINARY
    grant: Callable[[], bool] | None = None


class Decision(msgspec.Struct, frozen=True):
    """The answer and its reason.

    Attributes:
        explicit: True where a Deny statement decided.
        policy_type: the kind of policy that allowed, denied, or was missing.
        policy: name of the deciding policy, or "grant", or None.
        statement: the deciding statement's Sid, or its position as text, or None for an implicit denial.
    """

    allowed: bool
    explicit: bool = False
    policy_type: PolicyType | None = None
    policy: str | None = None
    statement: str | None = None
    considered: tuple[str, ...] = msgspec.field(default=())
