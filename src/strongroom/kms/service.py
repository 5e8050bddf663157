"""The KMS service object; every handler in operations/ registers itself with `operation`."""

from collections.abc import Callable

from strongroom.calls.operation import ConditionsOf, Handler, NoResource, Resolver, Service

KMS = Service("kms", event_source="kms.amazonaws.com")
KEY_TYPE = "AWS::KMS::Key"  # CloudTrail's resource type
BEARER_MEMBERS = ("GrantToken", "GrantTokens", "ImportToken")  # whoever holds these may use them, so no event shows them


def operation(
    name: str,
    *,
    action: str,
    resource: Resolver | NoResource,
    conditions: ConditionsOf | None = None,
    read_only: bool | None = None,
    hidden: tuple[str, ...] = (),
    recorded: tuple[str, ...] | None = None,
) -> Callable[[Handler], Handler]:
    """Register a KMS handler as `Service.operation` does, with tokens hidden from every event."""
    return KMS.operation(
        name,
        action=action,
        resource=resource,
        conditions=conditions,
        read_only=read_only,
        hidden=(*BEARER_MEMBERS, *hidden),
        recorded=recorded,
    )
