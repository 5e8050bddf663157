"""Which tables hold accounts and principals."""

from typing import Any

from strongroom.identity.organisation import ORGANISATION_TABLES
from strongroom.identity.records import (
    AccessKeyRecord,
    AccountRecord,
    AccountSettingsRecord,
    AliasRecord,
    AttachmentRecord,
    GroupRecord,
    InstanceProfileRecord,
    ManagedPolicyRecord,
    MembershipRecord,
    MfaDeviceRecord,
    NameRecord,
    OidcProviderRecord,
    RoleRecord,
    UniqueIdRecord,
    UsageRecord,
    UserRecord,
)
from strongroom.storage.table import Index, Table, table

BY_NAME = "name"
_NAMES_IN_ACCOUNT = (Index(BY_NAME, ("account_id", "name_key")),)

ACCOUNTS = table("identity_accounts", AccountRecord, key=("account_id",))
ACCESS_KEYS = table("identity_access_keys", AccessKeyRecord, key=("access_key_id",))
USERS = table("identity_users", UserRecord, key=("account_id", "unique_id"), indexes=_NAMES_IN_ACCOUNT)
GROUPS = table("identity_groups", GroupRecord, key=("account_id", "unique_id"), indexes=_NAMES_IN_ACCOUNT)
ROLES = table("identity_roles", RoleRecord, key=("account_id", "name_key"))
POLICIES = table("identity_policies", ManagedPolicyRecord, key=("account_id", "name_key"))
INSTANCE_PROFILES = table("identity_instance_profiles", InstanceProfileRecord, key=("account_id", "name_key"))
NAMES = table("identity_names", NameRecord, key=("account_id", "kind", "name_key"))
UNIQUE_IDS = table("identity_unique_ids", UniqueIdRecord, key=("unique_id",))
MEMBERSHIPS = table("identity_memberships", MembershipRecord, key=("account_id", "group_id", "user_id"))
ATTACHMENTS = table("identity_attachments", AttachmentRecord, key=("account_id", "policy_arn", "usage", "kind", "entity_key"))
USAGE = table("identity_usage", UsageRecord, key=("account_id",))
MFA_DEVICES = table("identity_mfa_devices", MfaDeviceRecord, key=("account_id", "name_key"))
OIDC_PROVIDERS = table("identity_oidc_providers", OidcProviderRecord, key=("account_id", "name_key"))
ACCOUNT_SETTINGS = table("identity_account_settings", AccountSettingsRecord, key=("account_id",))
ACCOUNT_ALIASES = table("identity_account_aliases", AliasRecord, key=("alias",))

TABLES: tuple[Table[Any], ...] = (
    ACCOUNTS,
    ACCESS_KEYS,
    USERS,
    GROUPS,
    ROLES,
    POLICIES,
    INSTANCE_PROFILES,
    NAMES,
    UNIQUE_IDS,
    MEMBERSHIPS,
    ATTACHMENTS,
    USAGE,
    MFA_DEVICES,
    OIDC_PROVIDERS,
    ACCOUNT_SETTINGS,
    ACCOUNT_ALIASES,
    *ORGANISATION_TABLES,
)
