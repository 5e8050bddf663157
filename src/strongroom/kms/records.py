"""What KMS stores. Enumerations hold AWS's own names as their values."""

from enum import StrEnum

import msgspec

from strongroom.core.secret import SecretBytes
from strongroom.kms.rules.identifiers import key_arn

MATERIAL_PREFIX_DIGITS = 32  # the first 16 bytes of a material id in hexadecimal: what a ciphertext blob holds of it


class KeyState(StrEnum):
    """Where a key is in its life."""

    CREATING = "Creating"
    ENABLED = "Enabled"
    DISABLED = "Disabled"
    PENDING_DELETION = "PendingDeletion"
    PENDING_IMPORT = "PendingImport"
    PENDING_REPLICA_DELETION = "PendingReplicaDeletion"
    UNAVAILABLE = "Unavailable"
    UPDATING = "Updating"


class KeyUsage(StrEnum):
    """What a key is for; fixed when it is made."""

    ENCRYPT_DECRYPT = "ENCRYPT_DECRYPT"
    SIGN_VERIFY = "SIGN_VERIFY"
    GENERATE_VERIFY_MAC = "GENERATE_VERIFY_MAC"
    KEY_AGREEMENT = "KEY_AGREEMENT"
    ENCAPSULATE_DECAPSULATE = "ENCAPSULATE_DECAPSULATE"


class Origin(StrEnum):
    """Where key material comes from."""

    AWS_KMS = "AWS_KMS"
    EXTERNAL = "EXTERNAL"
    AWS_CLOUDHSM = "AWS_CLOUDHSM"
    EXTERNAL_KEY_STORE = "EXTERNAL_KEY_STORE"


class KeyManager(StrEnum):
    """Who administers a key: the customer, or the service on the customer's behalf."""

    CUSTOMER = "CUSTOMER"
    AWS = "AWS"


class MaterialState(StrEnum):
    """Which part a generation of key material plays."""

    CURRENT = "CURRENT"
    NON_CURRENT = "NON_CURRENT"
    PENDING_ROTATION = "PENDING_ROTATION"
    PENDING_MULTI_REGION = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"


class RotationType(StrEnum):
    """What caused a rotation."""

    AUTOMATIC = "AUTOMATIC"
    ON_DEMAND = "ON_DEMAND"


class Generation(msgspec.Struct, frozen=True, kw_only=True):
    """One generation of a key's material, without the material: what ListKeyRotations shows.

    Attributes:
        rotated_at: when it became current by a rotation; None for the first and for one that still waits.
        present: False for imported material that was deleted or has expired.
        valid_to: when imported material expires, or None.
    """

    material_id: str
    state: MaterialState = MaterialState.CURRENT
    rotated_at: float | None = None
    rotation_type: RotationType | None = None
    present: bool = True
    description: str | None = None
    valid_to: float | None = None


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of automatic rotation; a key without it has none."""

    period_days: int
    next_at: float


class KeyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A KMS key.

    Attributes:
        aliases: names of the aliases that point here; kept in step with the alias records.
        grant_count: how many grants there are, so that a key without any needs no look-up.
        generations: every material the key has had, oldest first.
        rotation: shared by all related multi-Region keys, like `generations`.
        primary_region, replica_regions: of a multi-Region key, the same in each related key.
        pending_window_days: waiting period of a scheduled deletion.
        due_ms: when timed work has to look at the key next, in milliseconds; None for never.
    """

    account_id: str
    region: str
    key_id: str
    created_at: float
    spec: str
    usage: KeyUsage
    state: KeyState
    policy: str
    origin: Origin = Origin.AWS_KMS
    manager: KeyManager = KeyManager.CUSTOMER
    description: str = ""
    tags: dict[str, str] = {}
    aliases: tuple[str, ...] = ()
    grant_count: int = 0
    generations: tuple[Generation, ...] = ()
    rotation: Rotation | None = None
    on_demand_rotations: int = 0
    deletion_at: float | None = None
    pending_window_days: int | None = None
    multi_region: bool = False
    primary_region: str | None = None
    replica_regions: tuple[str, ...] = ()
    custom_key_store_id: str | None = None
    cloud_hsm_cluster_id: str | None = None
    xks_key_id: str | None = None
    due_ms: int | None = None

    @property
    def arn(self) -> str:
        """Return the key's ARN, which is what outputs named KeyId hold."""
        return key_arn(self.region, self.account_id, self.key_id)

    @property
    def current(self) -> Generation | None:
        """Return the material that encrypts now, or None before the first import."""
        return next((one for one in self.generations if one.state is MaterialState.CURRENT), None)


class MaterialRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The material itself: AES or HMAC bytes, or a PKCS#8 private key with its SubjectPublicKeyInfo (empty for the others)."""

    account_id: str
    region: str
    key_id: str
    prefix: str
    material_id: str
    secret: SecretBytes
    public_key: bytes = b""


class ImportParametersRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What GetParametersForImport gave out: the private half of a wrapping key (PKCS#8), kept until `expires_ms`."""

    account_id: str
    region: str
    key_id: str
    import_id: str
    algorithm: str
    wrapping_key: SecretBytes
    expires_ms: int


class ConnectionState(StrEnum):
    """Whether a custom key store is connected to its proxy."""

    CONNECTED = "CONNECTED"
    FAILED = "FAILED"
    DISCONNECTED = "DISCONNECTED"


class CustomKeyStore(msgspec.Struct, frozen=True, kw_only=True):
    """An external key store: where its proxy is, and the credential for it.

    Attributes:
        error_code: AWS's ConnectionErrorCode of a store that failed to connect.
        key_count: how many KMS keys it holds, those pending deletion included.
    """

    store_id: str
    name: str
    created_at: float
    endpoint: str
    path: str
    access_key_id: str
    secret_access_key: SecretBytes
    state: ConnectionState = ConnectionState.DISCONNECTED
    error_code: str | None = None
    key_count: int = 0


class CustomKeyStoresRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All custom key stores of an account in a Region: they are few, and unique among each other."""

    account_id: str
    region: str
    stores: tuple[CustomKeyStore, ...]


class ExternalKeyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Says which KMS key has an external key, so that no other takes it."""

    account_id: str
    region: str
    store_id: str
    external_key_id: str
    key_id: str


class AliasRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A friendly name for a key; `name` includes `alias/`."""

    account_id: str
    region: str
    name: str
    target_key_id: str
    created_at: float
    updated_at: float


class GrantTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What a grant allows, and under which conditions."""

    grant_id: str
    operations: tuple[str, ...]
    context_equals: dict[str, str] | None = None
    context_subset: dict[str, str] | None = None
    source_arn: str | None = None


class GrantRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A grant on a key.

    Attributes:
        account_id: the key's account.
        name: None where the request gave none: such grants are never matched again.
        grantee, retirer: the unique id of a user or role (a new one of the same name inherits nothing), the ARN of a session or
            an account's root, or a service principal such as ec2.amazonaws.com.
        issuing_account: the account that created the grant.
    """

    account_id: str
    region: str
    key_id: str
    grant_id: str
    name: str | None
    created_at: float
    grantee: str
    retirer: str | None
    issuing_account: str
    terms: GrantTerms


class GranteeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one principal is granted on one key, so that authorisation takes a single look-up."""

    account_id: str
    region: str
    key_id: str
    grantee: str
    grants: tuple[GrantTerms, ...]
