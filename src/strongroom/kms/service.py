"""The KMS service object; every handler in operations/ registers itself with `operation`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from strongroom.calls.call import Call
from strongroom.calls.operation import ConditionsOf, Handler, NoResource, Resolver, Service
from strongroom.kms.throughput import charge

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
    """Register a KMS handler as `Service.operation` does, with tokens hidden from every event and its calls held to their quota."""
    register = KMS.operation(
        name,
        action=action,
        resource=resource,
        conditions=conditions,
        read_only=read_only,
        hidden=(*BEARER_MEMBERS, *hidden),
        recorded=recorded,
    )

    def charged(handler: Handler) -> Handler:
        @wraps(handler)
        def run(call: Call, *arguments: Any) -> Any:
            charge(call, arguments[0])
            return handler(call, *arguments)

        register(run)
        return handler

    return charged
