"""Managed policies and those who use them: both sides of an attachment are kept together here."""

import msgspec

from strongroom.calls.call import Call
from strongroom.core.arn import parse_arn
from strongroom.core.errors import ValidationFailed
from strongroom.iam.errors import NoSuchEntity
from strongroom.iam.kinds import policy_by_arn
from strongroom.identity.managed_policies import AWS_MANAGED_POLICIES, AwsManagedPolicy
from strongroom.identity.records import AttachmentRecord, EntityRecord, ManagedPolicyRecord
from strongroom.identity.tables import ATTACHMENTS, POLICIES

PERMISSIONS_POLICY = "PermissionsPolicy"
PERMISSIONS_BOUNDARY = "PermissionsBoundary"
AnyPolicy = ManagedPolicyRecord | AwsManagedPolicy


def find_policy(call: Call, arn: str) -> AnyPolicy | None:
    """Return the policy with this ARN that the caller's account may use: its own, or AWS's."""
    return AWS_MANAGED_POLICIES.get(arn) or policy_by_arn(call.store, call.account_id, arn)


def attachable_policy(call: Call, arn: str) -> AnyPolicy:
    """Return the policy. Raises ValidationFailed for what is no ARN, NoSuchEntity for a policy that isn't there."""
    if parse_arn(arn) is None:
        raise ValidationFailed("Invalid ARN:  Could not be parsed!")
    policy = find_policy(call, arn)
    if policy is None:
        raise NoSuchEntity(f"Policy {arn} does not exist or is not attachable.")
    return policy


def require_boundary(call: Call, arn: str) -> str:
    """Return `arn` if it may be a permissions boundary. Raises ValidationFailed or NoSuchEntity."""
    parts = parse_arn(arn)
    if parts is None or parts.service != "iam" or not parts.resource.startswith("policy/"):
        raise ValidationFailed(f"Value ({arn}) for parameter PermissionsBoundary is invalid.")
    return attachable_policy(call, arn).arn


def attach(call: Call, entity: EntityRecord, entity_key: str, arn: str, usage: str) -> None:
    """Note that `entity`, whose table holds it under `entity_key`, uses the policy. The policy must exist."""
    _count(call, arn, usage, 1)
    record = AttachmentRecord(account_id=entity.account_id, policy_arn=arn, usage=usage, kind=entity.KIND, entity_key=entity_key)
    call.store.get(ATTACHMENTS, *ATTACHMENTS.key_of(record))
    call.store.insert(ATTACHMENTS, record)


def detach(call: Call, entity: EntityRecord, entity_key: str, arn: str, usage: str) -> None:
    """Note that `entity` no longer uses the policy."""
    _count(call, arn, usage, -1)
    key = (entity.account_id, arn, usage, entity.KIND, entity_key)
    if call.store.get(ATTACHMENTS, *key) is not None:
        call.store.delete(ATTACHMENTS, *key)


def _count(call: Call, arn: str, usage: str, change: int) -> None:
    """Keep the count in the policy's record, so that deleting a policy and attaching it can't both succeed."""
    policy = policy_by_arn(call.store, call.account_id, arn)
    if policy is None:
        return
    if usage == PERMISSIONS_BOUNDARY:
        changed = msgspec.structs.replace(policy, boundary_count=policy.boundary_count + change)
    else:
        changed = msgspec.structs.replace(policy, attachment_count=policy.attachment_count + change)
    call.store.replace(POLICIES, changed)
