"""The kinds of things that IAM keeps, and how a request names one: by name, or by ARN."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from strongroom.calls.call import Call
from strongroom.calls.target import Resource, Target
from strongroom.core.arn import format_arn
from strongroom.iam.errors import NoSuchEntity
from strongroom.identity.lookup import group_named, role_named, user_named
from strongroom.identity.mfa import device_by_serial
from strongroom.identity.records import (
    EntityRecord,
    GroupRecord,
    InstanceProfileRecord,
    ManagedPolicyRecord,
    MfaDeviceRecord,
    NamedRecord,
    OidcProviderRecord,
    RoleRecord,
    UserRecord,
    name_key,
)
from strongroom.identity.tables import GROUPS, INSTANCE_PROFILES, MFA_DEVICES, OIDC_PROVIDERS, POLICIES, ROLES, USERS
from strongroom.policy.decision import ContextValue
from strongroom.storage.ports import Store
from strongroom.storage.table import Table

R = TypeVar("R", bound=NamedRecord)


@dataclass(frozen=True, slots=True)
class Kind(Generic[R]):
    """One kind.

    Attributes:
        name: as operations and quotas say it: User.
        member: the request member that names one: UserName.
        type: CloudTrail's resource type.
        find: gives the record that a request's text names in an account.
        missing: AWS's text for one that does not exist, with {} for what the request said.
    """

    name: str
    member: str
    type: str
    table: Table[R]
    find: Callable[[Store, str, str], R | None]
    missing: str

    @property
    def label(self) -> str:
        """Return the kind as ARNs and messages say it."""
        return self.table.record.KIND

    def absent(self, named: str) -> NoSuchEntity:
        """Return the error for one that does not exist."""
        return NoSuchEntity(self.missing.format(named))

    def require(self, call: Call, named: str) -> R:
        """Return the record of the caller's account that `named` names. Raises NoSuchEntity."""
        record = self.find(call.store, call.account_id, named)
        if record is None:
            raise self.absent(named)
        return record

    def resource(self, record: NamedRecord) -> Resource:
        """Return a record as a resource."""
        return Resource(record.arn, record.account_id, self.type, tags=record.tags, conditions=record_conditions(record))

    def in_request(self, call: Call, request: Mapping[str, Any]) -> Target[R]:
        """Resolve what the request names."""
        named = request[self.member]
        record = self.find(call.store, call.account_id, named)
        if record is not None:
            return Target(self.resource(record), record)
        arn = named if named.startswith("arn:") else format_arn("iam", "", call.account_id, f"{self.label}/{named}")
        return Target(Resource(arn, call.account_id, self.type), None, self.absent(named))

    def to_create(self, call: Call, request: Mapping[str, Any]) -> Target[None]:
        """Give the resource that the request would make."""
        path = request.get("Path", "/")
        return Target(
            Resource(format_arn("iam", "", call.account_id, f"{self.label}{path}{request[self.member]}"), call.account_id, self.type)
        )


def record_conditions(record: NamedRecord) -> dict[str, ContextValue]:
    """Return the condition keys that a record itself gives: its tags, and the boundary that it has."""
    conditions: dict[str, ContextValue] = {f"iam:resourcetag/{key.lower()}": (value,) for key, value in record.tags.items()}
    if isinstance(record, EntityRecord) and record.boundary_arn is not None:
        conditions["iam:permissionsboundary"] = (record.boundary_arn,)
    return conditions


def policy_by_arn(store: Store, account_id: str, arn: str) -> ManagedPolicyRecord | None:
    """Return the customer managed policy of the account that has exactly this ARN."""
    record = store.get(POLICIES, account_id, name_key(arn.rpartition("/")[2]))
    return record if record is not None and record.arn == arn else None


def _profile_named(store: Store, account_id: str, name: str) -> InstanceProfileRecord | None:
    return store.get(INSTANCE_PROFILES, account_id, name_key(name))


def _device(store: Store, account_id: str, serial: str) -> MfaDeviceRecord | None:
    device = device_by_serial(store, serial)
    return device if device is not None and device.account_id == account_id else None


def _provider(store: Store, account_id: str, arn: str) -> OidcProviderRecord | None:
    record = store.get(OIDC_PROVIDERS, account_id, name_key(arn.partition(":oidc-provider/")[2]))
    return record if record is not None and record.arn == arn else None


USER: Kind[UserRecord] = Kind("User", "UserName", "AWS::IAM::User", USERS, user_named, "The user with name {} cannot be found.")
GROUP: Kind[GroupRecord] = Kind("Group", "GroupName", "AWS::IAM::Group", GROUPS, group_named, "The group with name {} cannot be found.")
ROLE: Kind[RoleRecord] = Kind("Role", "RoleName", "AWS::IAM::Role", ROLES, role_named, "The role with name {} cannot be found.")
POLICY: Kind[ManagedPolicyRecord] = Kind("Policy", "PolicyArn", "AWS::IAM::Policy", POLICIES, policy_by_arn, "Policy {} was not found.")
INSTANCE_PROFILE: Kind[InstanceProfileRecord] = Kind(
    "InstanceProfile",
    "InstanceProfileName",
    "AWS::IAM::InstanceProfile",
    INSTANCE_PROFILES,
    _profile_named,
    "Instance Profile {} cannot be found.",
)
MFA_DEVICE: Kind[MfaDeviceRecord] = Kind(
    "MFADevice", "SerialNumber", "AWS::IAM::MfaDevice", MFA_DEVICES, _device, "VirtualMFADevice with serial number {} doesn't exist."
)
OIDC_PROVIDER: Kind[OidcProviderRecord] = Kind(
    "OpenIDConnectProvider",
    "OpenIDConnectProviderArn",
    "AWS::IAM::OIDCProvider",
    OIDC_PROVIDERS,
    _provider,
    "OpenIDConnect Provider not found for arn {}",
)
