"""What is stored about accounts and their principals. Times are seconds since the epoch."""

from typing import ClassVar

import msgspec

from strongroom.core.arn import format_arn
from strongroom.core.secret import SecretBytes

Tags = dict[str, str]


def name_key(name: str) -> str:
    """Return the form under which a name is unique: IAM names differ by more than case."""
    return name.lower()


class AccountRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An account of this server and its root user's access keys."""

    account_id: str
    created_at: float
    root_access_key_ids: tuple[str, ...] = ()


class AccessKeyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A long-lived access key. `user_id` is the AIDA... id of its user, or None for the root user's."""

    access_key_id: str
    account_id: str
    secret_access_key: SecretBytes
    created_at: float
    user_id: str | None = None
    active: bool = True


class LoginProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A console password, as salt and scrypt hash; `previous` are the hashes that may not be used again, newest first."""

    hashed: SecretBytes
    created_at: float
    changed_at: float
    reset_required: bool = False
    previous: tuple[SecretBytes, ...] = ()


class NamedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What everything with a name, a path and an ARN has in common.

    Attributes:
        name_key: the name in lower case, under which it is unique in the account.
    """

    KIND: ClassVar[str]  # as ARNs say it

    account_id: str
    name: str
    name_key: str
    path: str
    created_at: float
    tags: Tags = {}

    @property
    def arn(self) -> str:
        """Return the ARN."""
        return format_arn("iam", "", self.account_id, f"{self.KIND}{self.path}{self.name}")


class EntityRecord(NamedRecord, frozen=True, kw_only=True):
    """What users, groups and roles have in common. Groups have no boundary and no tags.

    Attributes:
        unique_id: AIDA..., AGPA... or AROA...
        inline: inline policies: name -> JSON text.
        attached: ARNs of managed policies, in order of attachment.
        boundary_arn: the managed policy that is the permissions boundary.
    """

    unique_id: str
    inline: dict[str, str] = {}
    attached: tuple[str, ...] = ()
    boundary_arn: str | None = None


class UserRecord(EntityRecord, frozen=True, kw_only=True):
    """An IAM user. Everything refers to it by its id, so that renaming changes this record and its name only."""

    KIND = "user"

    group_ids: tuple[str, ...] = ()
    access_key_ids: tuple[str, ...] = ()
    mfa_keys: tuple[str, ...] = ()
    login: LoginProfile | None = None


class GroupRecord(EntityRecord, frozen=True, kw_only=True):
    """An IAM group. `member_count` is here so that joining and deleting the group can't both succeed."""

    KIND = "group"

    member_count: int = 0


class RoleRecord(EntityRecord, frozen=True, kw_only=True):
    """An IAM role. Roles are never renamed, so the name is their key.

    Attributes:
        trust_policy: the stored form: principals that are users or roles are named by unique id.
        service: host name of the service that a service-linked role belongs to, else None.
    """

    KIND = "role"

    trust_policy: str
    max_session_duration: int = 3600
    description: str | None = None
    instance_profile_keys: tuple[str, ...] = ()
    service: str | None = None


class PolicyVersionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a managed policy; `version_id` is v1, v2, ..."""

    version_id: str
    document: str
    created_at: float


class ManagedPolicyRecord(NamedRecord, frozen=True, kw_only=True):
    """A customer managed policy with its versions, oldest first. AWS's own are in managed_policies.py.

    Attributes:
        next_version: the number of the next version; numbers are never used again.
        attachment_count, boundary_count: users, groups and roles that have it as a policy, users and roles as a boundary.
    """

    KIND = "policy"

    policy_id: str
    updated_at: float
    versions: tuple[PolicyVersionRecord, ...]
    default_version_id: str
    next_version: int = 2
    description: str | None = None
    attachment_count: int = 0
    boundary_count: int = 0

    def version(self, version_id: str) -> PolicyVersionRecord | None:
        """Return the version called `version_id`."""
        return next((v for v in self.versions if v.version_id == version_id), None)

    @property
    def document(self) -> str:
        """Return the text of the default version."""
        return next(v.document for v in self.versions if v.version_id == self.default_version_id)


class InstanceProfileRecord(NamedRecord, frozen=True, kw_only=True):
    """An instance profile and the one role that it may hold."""

    KIND = "instance-profile"

    profile_id: str
    role_key: str | None = None


class NameRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The name of a thing that is stored by id. `kind` is user or group."""

    account_id: str
    kind: str
    name_key: str
    unique_id: str


class UniqueIdRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Where the user or role with a unique id is found: `key` is the second part of its key in its table."""

    unique_id: str
    account_id: str
    key: str


class MembershipRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A user in a group, for listing a group's users; the user record holds the same fact."""

    account_id: str
    group_id: str
    user_id: str


class AttachmentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An entity that uses a managed policy, for listing a policy's entities; the entity holds the same fact.

    Attributes:
        usage: PermissionsPolicy or PermissionsBoundary.
        kind: user, group or role.
        entity_key: the second part of the entity's key in its table.
    """

    account_id: str
    policy_arn: str
    usage: str
    kind: str
    entity_key: str


class UsageRecord(msgspec.Struct, frozen=True, kw_only=True):
    """How many entities an account has. Creating and deleting change it, so quotas hold against concurrent callers."""

    account_id: str
    users: int = 0
    groups: int = 0
    roles: int = 0
    policies: int = 0
    instance_profiles: int = 0


class MfaDeviceRecord(NamedRecord, frozen=True, kw_only=True):
    """A virtual MFA device; its ARN is its serial number.

    Attributes:
        seed: the shared secret of RFC 6238.
        owner_id: AIDA... of the user, or the account id of the root user; None until it is enabled.
        last_step: the newest time step whose code was used: a code serves once.
    """

    KIND = "mfa"

    seed: SecretBytes
    owner_id: str | None = None
    enabled_at: float | None = None
    last_step: int = 0


class OidcProviderRecord(NamedRecord, frozen=True, kw_only=True):
    """An OpenID Connect provider. Its name is its URL without the scheme."""

    KIND = "oidc-provider"

    client_ids: tuple[str, ...] = ()
    thumbprints: tuple[str, ...] = ()


class PasswordPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """An account's password policy, with AWS's defaults of one that was set."""

    minimum_length: int = 6
    symbols: bool = False
    numbers: bool = False
    uppercase: bool = False
    lowercase: bool = False
    users_may_change: bool = False
    max_age_days: int | None = None
    reuse_prevention: int | None = None
    hard_expiry: bool | None = None


class AccountSettingsRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What an account has set for itself. `report_at` is when the newest credential report was asked for."""

    account_id: str
    alias: str | None = None
    password_policy: PasswordPolicy | None = None
    report_at: float | None = None
    root_mfa_keys: tuple[str, ...] = ()


class AliasRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An account alias, unique in the whole server."""

    alias: str
    account_id: str
