"""The operations of IAM; importing this package registers them."""

from strongroom.iam.operations import (
    access_keys,
    account,
    attachments,
    groups,
    inline_policies,
    instance_profiles,
    policies,
    policy_entities,
    policy_versions,
    roles,
    tags,
    users,
)

__all__ = [
    "access_keys",
    "account",
    "attachments",
    "groups",
    "inline_policies",
    "instance_profiles",
    "policies",
    "policy_entities",
    "policy_versions",
    "roles",
    "tags",
    "users",
]
