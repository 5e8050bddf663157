"""What Secrets Manager stores: a secret with its labels and version list, and the sealed value of each version."""

from functools import lru_cache

import msgspec

from strongroom.core.arn import format_arn

KEPT_ARNS = 4096


class VersionEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What a secret knows of one of its versions without opening it.

    Attributes:
        created: seconds since the epoch.
        has_value: False for the empty version that a rotation begins with.
        kms_key_id: the key as it was named when the value was sealed; None for aws/secretsmanager.
    """

    created: float
    has_value: bool = True
    kms_key_id: str | None = None


class RotationRules(msgspec.Struct, frozen=True, kw_only=True):
    """AWS's RotationRules: days or a schedule expression, and the length of the window such as `3h`."""

    days: int | None = None
    schedule: str | None = None
    duration: str | None = None


class RotationRun(msgspec.Struct, frozen=True, kw_only=True):
    """A rotation that has begun and not ended.

    Attributes:
        token: the version that it fills and makes current: the ClientRequestToken of every step.
        test: True where only testSecret runs, on a copy of the current value.
        started: when its first step was about to run, in seconds; None until then.
        attempts: how often it failed since it began, or since its window opened.
        until: the end of the window in which it is tried again.
    """

    token: str
    test: bool = False
    started: float | None = None
    attempts: int = 0
    until: float


class RotationFailure(msgspec.Struct, frozen=True, kw_only=True):
    """Why the last attempt failed: the step, what the function (or its absence) said, and when."""

    step: str
    reason: str
    at: float


class RotationRecord(msgspec.Struct, frozen=True, kw_only=True):
    """How a secret rotates. `enabled` goes back to False with CancelRotateSecret; the rest stays.

    Attributes:
        rotated: when the last rotation ended well, in seconds since the epoch.
        next_rotation: the end of the window in which the next one is due.
        superuser_arn: the secret of the superuser that a template for alternating users may read, as checked by RotateSecret.
        run: the rotation under way.
        failure: of the last attempt; None after one that ended well.
    """

    enabled: bool
    lambda_arn: str | None = None
    rules: RotationRules | None = None
    rotated: float | None = None
    next_rotation: float | None = None
    superuser_arn: str | None = None
    run: RotationRun | None = None
    failure: RotationFailure | None = None


class ReplicaEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One Region that a primary secret is replicated to."""

    region: str
    kms_key_id: str | None = None
    status: str
    message: str | None = None


class AccountLink(msgspec.Struct, frozen=True, kw_only=True):
    """The other end of a cross-account replication, as one of the two secrets sees it."""

    arn: str
    status: str
    message: str | None = None
    role_arn: str | None = None


@lru_cache(KEPT_ARNS)
def _arn(region: str, account_id: str, name: str, suffix: str) -> str:
    return format_arn("secretsmanager", region, account_id, f"secret:{name}-{suffix}")


class SecretRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A secret. Its dicts are replaced, never changed.

    Attributes:
        suffix: the six characters at the end of the ARN, new for each creation of the name.
        created_ms, changed_ms: milliseconds since the epoch; plain columns to list by.
        deletion_ms: when the recovery window ends; None unless scheduled for deletion.
        rotation_due_ms: when a rotation is to begin or to be tried again; None where nothing is due by itself.
        deleted: when the deletion was asked for, in seconds.
        deletion_started: True from the moment at which the secret can't be restored any more.
        kms_key_id: as the caller gave it; None for aws/secretsmanager.
        stages: staging label -> version id.
        versions: version id -> entry, oldest first.
        creation_token: the ClientRequestToken of a creation without a value, so that a retry finds its own work.
        primary_region: set on replicated secrets and on their replicas.
    """

    account_id: str
    region: str
    name: str
    suffix: str
    created_ms: int
    changed_ms: int
    deletion_ms: int | None = None
    rotation_due_ms: int | None = None
    deleted: float | None = None
    deletion_started: bool = False
    description: str = ""
    kms_key_id: str | None = None
    type: str | None = None
    policy: str | None = None
    tags: dict[str, str] = {}
    stages: dict[str, str] = {}
    versions: dict[str, VersionEntry] = {}
    creation_token: str | None = None
    rotation: RotationRecord | None = None
    primary_region: str | None = None
    replicas: tuple[ReplicaEntry, ...] = ()
    account_primary: AccountLink | None = None
    account_replica: AccountLink | None = None

    @property
    def secret_id(self) -> str:
        """Return name and suffix: the part of the ARN that no other secret of the account ever has."""
        return f"{self.name}-{self.suffix}"

    @property
    def arn(self) -> str:
        """Return the full ARN."""
        return _arn(self.region, self.account_id, self.name, self.suffix)

    @property
    def is_replica(self) -> bool:
        """Return whether the secret follows a primary in another Region or account."""
        return self.account_primary is not None or (self.primary_region is not None and self.primary_region != self.region)


class VersionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The value of one version: sealed under a data key of its own, which KMS wraps.

    Attributes:
        kind: `SecretString` or `SecretBinary`, the member that GetSecretValue answers with.
        iv, ciphertext: AES-256-GCM under the data key.
        encrypted_data_key: KMS's ciphertext blob of the data key, bound to the secret's ARN and the version id.
        kms_key_arn: the key that wraps it.
    """

    account_id: str
    region: str
    secret_id: str
    version_id: str
    kind: str
    iv: bytes
    ciphertext: bytes
    encrypted_data_key: bytes
    kms_key_arn: str
