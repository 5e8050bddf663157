"""What a call is about: the resource that is authorised, and the record that its handler is given."""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

import msgspec

from strongroom.core.errors import ApiError
from strongroom.policy.decision import Conditions as Conditions  # noqa: PLC0414 - said where a resource is declared, so passed on
from strongroom.policy.decision import ConditionSource as ConditionSource  # noqa: PLC0414
from strongroom.policy.decision import ResourceRule, Values
from strongroom.policy.parse import PolicyKind

T = TypeVar("T")


class Resource(msgspec.Struct, frozen=True):
    """A resource as the policy engine sees it.

    Attributes:
        arn: as it stands in policies and AccessDenied texts.
        account_id: the owner. The caller's own account for resources that do not exist yet.
        type: CloudTrail's resource type such as `AWS::KMS::Key`; empty if events do not list it.
        policy: JSON text of the resource's policy, if it has one.
        policy_kind: the grammar that `policy` was accepted under.
        tags: for aws:ResourceTag/... and the service's own ResourceTag key.
        conditions: condition keys that the resource itself gives (kms:KeySpec, ...), lower case; or what makes them.
        grant: asked only where no policy allows: does a grant allow `action` under these condition keys?
    """

    arn: str
    account_id: str
    type: str = ""
    policy: str | None = None
    policy_kind: PolicyKind = PolicyKind.RESOURCE
    rule: ResourceRule = ResourceRule.ORDINARY
    tags: Mapping[str, str] = msgspec.field(default_factory=dict)
    conditions: ConditionSource = msgspec.field(default_factory=dict)
    grant: Callable[[str], bool] | None = None


class Target(msgspec.Struct, Generic[T], frozen=True):
    """A resolved resource and its record.

    Where the ARN follows from the request alone, an absent record still gives a Target: it is authorised
    first, then `absent` is raised, so that a caller without rights never learns what exists.
    """

    resource: Resource
    record: T | None = None
    absent: ApiError | None = None


NO_CONDITIONS: Conditions = {}


def values_of(value: str | bool | int | None) -> Values | None:  # noqa: FBT001 - AWS booleans become "true" and "false" here, once
    """Return one request value as condition-key values; None stays absent."""
    if value is None:
        return None
    if isinstance(value, bool):
        return ("true" if value else "false",)
    return (str(value),)
