"""Records as IAM's answers show them. Lists leave out what only Get answers have."""

from collections.abc import Mapping
from typing import Any

from strongroom.calls.call import Call
from strongroom.calls.observations import ROLE, latest
from strongroom.iam.attaching import PERMISSIONS_BOUNDARY, PERMISSIONS_POLICY, AnyPolicy
from strongroom.iam.trust import shown_trust
from strongroom.identity.managed_policies import AwsManagedPolicy
from strongroom.identity.records import EntityRecord, GroupRecord, InstanceProfileRecord, ManagedPolicyRecord, RoleRecord, UserRecord
from strongroom.identity.tables import ATTACHMENTS, ROLES

View = dict[str, Any]


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags in AWS's form."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _boundary_and_tags(record: EntityRecord) -> View:
    boundary = record.boundary_arn
    return {
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary} if boundary else None,
        "Tags": tag_list(record.tags) or None,
    }


def listed_user(record: UserRecord) -> View:
    """Return a User as lists show it."""
    return {"Path": record.path, "UserName": record.name, "UserId": record.unique_id, "Arn": record.arn, "CreateDate": record.created_at}


def user(record: UserRecord) -> View:
    """Return a User with its boundary and tags, each only where it has any."""
    return listed_user(record) | _boundary_and_tags(record)


def group(record: GroupRecord) -> View:
    """Return a Group."""
    return {"Path": record.path, "GroupName": record.name, "GroupId": record.unique_id, "Arn": record.arn, "CreateDate": record.created_at}


def listed_role(call: Call, record: RoleRecord) -> View:
    """Return a Role as lists show it."""
    return {
        "Path": record.path,
        "RoleName": record.name,
        "RoleId": record.unique_id,
        "Arn": record.arn,
        "CreateDate": record.created_at,
        "AssumeRolePolicyDocument": shown_trust(call, record.trust_policy),
        "Description": record.description,
        "MaxSessionDuration": record.max_session_duration,
    }


def role(call: Call, record: RoleRecord) -> View:
    """Return a Role with its boundary and tags, each only where it has any."""
    return listed_role(call, record) | _boundary_and_tags(record)


def role_last_used(call: Call, record: RoleRecord) -> View:
    """Return RoleLastUsed; empty if no session of the role ever called."""
    seen = latest(call.store, ROLE, (record.unique_id,))
    return {} if seen is None else {"LastUsedDate": seen.time, "Region": seen.detail.rpartition(" ")[2]}


def instance_profile(call: Call, record: InstanceProfileRecord) -> View:
    """Return an InstanceProfile and its role."""
    held = call.store.get(ROLES, record.account_id, record.role_key) if record.role_key else None
    return {
        "Path": record.path,
        "InstanceProfileName": record.name,
        "InstanceProfileId": record.profile_id,
        "Arn": record.arn,
        "CreateDate": record.created_at,
        "Roles": [listed_role(call, held)] if held else [],
    }


def counts(call: Call, policy: AnyPolicy) -> tuple[int, int]:
    """Return how many entities of the caller's account have the policy, and how many as a boundary."""
    if isinstance(policy, ManagedPolicyRecord):
        return policy.attachment_count, policy.boundary_count
    used, bounds = (
        call.store.count(ATTACHMENTS, call.account_id, policy.arn, usage) for usage in (PERMISSIONS_POLICY, PERMISSIONS_BOUNDARY)
    )
    return used, bounds


def listed_policy(call: Call, policy: AnyPolicy) -> View:
    """Return a Policy as CreatePolicy and lists show it."""
    attachments, boundaries = counts(call, policy)
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.policy_id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version_id,
        "AttachmentCount": attachments,
        "PermissionsBoundaryUsageCount": boundaries,
        "IsAttachable": True,
        "CreateDate": policy.created_at,
        "UpdateDate": policy.updated_at,
    }


def policy(call: Call, record: AnyPolicy) -> View:
    """Return a Policy as GetPolicy shows it: with its description if it has one, and always with its tags."""
    tags = {} if isinstance(record, AwsManagedPolicy) else record.tags
    return listed_policy(call, record) | {"Description": record.description, "Tags": tag_list(tags)}
