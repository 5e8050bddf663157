"""What is stored about accounts and their principals. Times are seconds since the epoch."""

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


class EntityRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What users, groups and roles have in common.

    Attributes:
        name_key: the name in lower case, under which it is unique in the account.
        inline: inline policies: name -> JSON text.
        attached: ARNs of managed policies, in order of attachment.
    """

    account_id: str
    name: str
    name_key: str
    path: str
    created_at: float
    inline: dict[str, str] = {}
    attached: tuple[str, ...] = ()


class UserRecord(EntityRecord, frozen=True, kw_only=True):
    """An IAM user. Everything refers to it by `user_id`, so that renaming changes this record and its name only."""

    user_id: str
    boundary_arn: str | None = None
    tags: Tags = {}
    group_ids: tuple[str, ...] = ()
    access_key_ids: tuple[str, ...] = ()
    mfa_serials: tuple[str, ...] = ()

    @property
    def unique_id(self) -> str:
        """Return the AIDA... id."""
        return self.user_id

    @property
    def arn(self) -> str:
        """Return the user's ARN."""
        return format_arn("iam", "", self.account_id, f"user{self.path}{self.name}")


class GroupRecord(EntityRecord, frozen=True, kw_only=True):
    """An IAM group. `member_count` is here so that joining and deleting the group can't both succeed."""

    group_id: str
    member_count: int = 0

    @property
    def unique_id(self) -> str:
        """Return the AGPA... id."""
        return self.group_id

    @property
    def arn(self) -> str:
        """Return the group's ARN."""
        return format_arn("iam", "", self.account_id, f"group{self.path}{self.name}")


class RoleRecord(EntityRecord, frozen=True, kw_only=True):
    """An IAM role. Roles are never renamed, so the name is their key.

    Attributes:
        trust_policy: the stored form: principals that are users or roles are named by unique id.
        service: host name of the service that a service-linked role belongs to, else None.
    """

    role_id: str
    trust_policy: str
    max_session_duration: int = 3600
    description: str | None = None
    boundary_arn: str | None = None
    tags: Tags = {}
    instance_profile_keys: tuple[str, ...] = ()
    service: str | None = None

    @property
    def unique_id(self) -> str:
        """Return the AROA... id."""
        return self.role_id

    @property
    def arn(self) -> str:
        """Return the role's ARN."""
        return format_arn("iam", "", self.account_id, f"role{self.path}{self.name}")


class PolicyVersionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a managed policy; `version_id` is v1, v2, ..."""

    version_id: str
    document: str
    created_at: float


class ManagedPolicyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A customer managed policy with its versions, oldest first. AWS's own are in managed_policies.py.

    Attributes:
        next_version: the number of the next version; numbers are never used again.
        attachment_count, boundary_count: users, groups and roles that have it as a policy, users and roles as a boundary.
    """

    account_id: str
    name: str
    name_key: str
    path: str
    policy_id: str
    created_at: float
    updated_at: float
    versions: tuple[PolicyVersionRecord, ...]
    default_version_id: str
    next_version: int
    description: str | None = None
    tags: Tags = {}
    attachment_count: int = 0
    boundary_count: int = 0

    @property
    def arn(self) -> str:
        """Return the policy's ARN."""
        return format_arn("iam", "", self.account_id, f"policy{self.path}{self.name}")

    def version(self, version_id: str) -> PolicyVersionRecord | None:
        """Return the version called `version_id`."""
        return next((v for v in self.versions if v.version_id == version_id), None)

    @property
    def document(self) -> str:
        """Return the text of the default version."""
        return next(v.document for v in self.versions if v.version_id == self.default_version_id)


class InstanceProfileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An instance profile and the one role that it may hold."""

    account_id: str
    name: str
    name_key: str
    path: str
    profile_id: str
    created_at: float
    role_key: str | None = None
    tags: Tags = {}

    @property
    def arn(self) -> str:
        """Return the profile's ARN."""
        return format_arn("iam", "", self.account_id, f"instance-profile{self.path}{self.name}")


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


class MfaDeviceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A virtual MFA device.

    Attributes:
        seed: the shared secret of RFC 6238.
        owner_id: AIDA... of the user, or the account id of the root user; None until it is enabled.
        last_step: the newest time step whose code was used: a code serves once.
    """

    account_id: str
    name: str
    name_key: str
    path: str
    seed: SecretBytes
    owner_id: str | None = None
    enabled_at: float | None = None
    last_step: int = 0
    tags: Tags = {}

    @property
    def arn(self) -> str:
        """Return the serial number, which is an ARN."""
        return format_arn("iam", "", self.account_id, f"mfa{self.path}{self.name}")
