"""The actions and condition keys of this server, for reviewing policies, and which operation a recorded event was."""

from collections.abc import Mapping

from strongroom.app.services import SERVICES
from strongroom.calls.context import GLOBAL_KEYS, PRINCIPAL_TAG, RESOURCE_TAG
from strongroom.calls.operation import ANY_RESOURCE, Operation
from strongroom.policy.lint import Catalogue

# Actions that operations ask for besides their own; the operations that have no action of their own; and all of AWS's that a
# good policy may name although no operation here asks for them.
FURTHER_ACTIONS = (
    "iam:PassRole",
    "iam:TagInstanceProfile",
    "iam:TagPolicy",
    "iam:TagRole",
    "iam:TagUser",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:TagResource",
    "ssm:AddTagsToResource",
    "sts:GetCallerIdentity",
    "sts:GetSessionToken",
    "sts:SetSourceIdentity",
    "sts:TagSession",
)
_REQUEST_KEYS = ("aws:requesttag/", "aws:tagkeys", PRINCIPAL_TAG, RESOURCE_TAG)


def catalogue() -> Catalogue:
    """Return what policies can name here."""
    operations = [operation for service in SERVICES.values() for operation in service.operations.values()]
    names = {operation.action for operation in operations if operation.action} | set(FURTHER_ACTIONS)
    without_resource = {operation.action.lower() for operation in operations if operation.resource is ANY_RESOURCE and operation.action}
    return Catalogue(
        actions={name.lower(): name for name in sorted(names)},
        without_resource=without_resource,
        global_keys=(*(name for name in GLOBAL_KEYS if name.startswith("aws:")), *_REQUEST_KEYS),
    )


def _by_event() -> Mapping[tuple[str, str], Operation]:
    return {(service.event_source, operation.name): operation for service in SERVICES.values() for operation in service.operations.values()}


OPERATIONS_BY_EVENT: Mapping[tuple[str, str], Operation] = _by_event()
