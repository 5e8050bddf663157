"""What Parameter Store keeps.

A parameter's current version lies inside its ParameterRecord, so that the hot path (GetParameter) is one
read; the versions before it are VersionRecords. `name` is the normalised name: it always begins with a slash.
"""

import msgspec

from strongroom.core.secret import SecretBytes


class ParameterPolicy(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One parameter policy.

    Attributes:
        type: Expiration, ExpirationNotification or NoChangeNotification.
        text: its JSON, as DescribeParameters shows it.
        expires: epoch seconds; Expiration only.
        seconds: the span before the expiration, or after the last change; notifications only.
        status: Pending or Finished.
    """

    type: str
    text: str
    expires: float | None = None
    seconds: int = 0
    status: str = "Pending"


class Content(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One version of a parameter.

    Attributes:
        value: UTF-8 of the value; of a SecureString the ciphertext: a KMS blob (Standard) or an Encryption SDK message (Advanced).
        key_id: as the writer gave it; SecureString only.
        modified: epoch seconds.
        modified_by: ARN of the writer.
    """

    version: int
    type: str
    value: SecretBytes
    tier: str
    data_type: str
    key_id: str | None = None
    description: str | None = None
    allowed_pattern: str | None = None
    policies: tuple[ParameterPolicy, ...] = ()
    modified: float
    modified_by: str


class ResourcePolicy(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The policy that shares a parameter with other accounts; `policy_hash` changes with each text."""

    policy_id: str
    policy_hash: str
    text: str


class ParameterRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A parameter with its current version.

    Attributes:
        parent: the path above it, with a slash at both ends ("/" at the root).
        spelling: the name as it was created, with or without the leading slash of a root-level name.
        oldest: the oldest version that is kept; versions are contiguous up to the current one.
        labels: label -> version.
        policy_due: epoch milliseconds at which the first pending policy acts, else None.
    """

    account_id: str
    region: str
    name: str
    parent: str
    spelling: str
    current: Content
    oldest: int = 1
    labels: dict[str, int] = {}
    tags: dict[str, str] = {}
    policy_due: int | None = None
    resource_policy: ResourcePolicy | None = None


class VersionRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A version of a parameter that is not the current one any more."""

    account_id: str
    region: str
    name: str
    version: int
    content: Content


class PublicParameterRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A parameter under /aws/service/ that an operator published for every account of a Region."""

    region: str
    name: str
    parent: str
    current: Content

    @property
    def spelling(self) -> str:
        """Return the name as it is shown."""
        return self.name


class UsageRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How many parameters of each tier one shard of an account's names in a Region holds."""

    account_id: str
    region: str
    shard: int
    standard: int = 0
    advanced: int = 0


class SettingRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A service setting that was changed from its default."""

    account_id: str
    region: str
    setting_id: str
    value: str
    modified: float
    modified_by: str
