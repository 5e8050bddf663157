"""Virtual MFA devices."""

import base64
from typing import TYPE_CHECKING, Any

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, Request, Response
from strongroom.calls.target import Resource, Target
from strongroom.core.arn import format_arn, root_arn
from strongroom.core.errors import ValidationFailed
from strongroom.core.secret import SecretBytes
from strongroom.iam import views
from strongroom.iam.callers import root_account, user_or_caller
from strongroom.iam.conditions import creating
from strongroom.iam.errors import DeleteConflict, EntityAlreadyExists, InvalidAuthenticationCode, LimitExceeded, NoSuchEntity
from strongroom.iam.kinds import MFA_DEVICE, USER
from strongroom.iam.limits import MFA_DEVICES_PER_USER
from strongroom.iam.paging import page_of, scan_page
from strongroom.iam.qr_code import qr_code
from strongroom.iam.rules.tags import requested_tags
from strongroom.iam.service import IAM
from strongroom.iam.settings import keep_settings, settings_of
from strongroom.identity.mfa import code_at, step_of
from strongroom.identity.records import AccountRecord, MfaDeviceRecord, UserRecord, name_key
from strongroom.identity.tables import MFA_DEVICES, USERS

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import (
        CreateVirtualMFADeviceRequestTypeDef,
        DeactivateMFADeviceRequestTypeDef,
        EnableMFADeviceRequestTypeDef,
        GetMFADeviceRequestTypeDef,
        ListMFADevicesRequestTypeDef,
        ListVirtualMFADevicesRequestTypeDef,
        ResyncMFADeviceRequestTypeDef,
    )

SEED_BYTES = 40  # 64 base32 characters, as AWS's
NAME_LENGTH_MAX = 226  # CloudFormation User Guide, AWS::IAM::VirtualMFADevice; the service model has no limit
NEVER = -1
Owner = UserRecord | AccountRecord


def _to_create(call: Call, request: Request) -> Target[None]:
    arn = format_arn("iam", "", call.account_id, f"mfa{request.get('Path', '/')}{request['VirtualMFADeviceName']}")
    return Target(Resource(arn, call.account_id, MFA_DEVICE.type))


@IAM.operation(
    "CreateVirtualMFADevice",
    action="iam:CreateVirtualMFADevice",
    resource=_to_create,
    conditions=creating,
    recorded=("VirtualMFADevice.SerialNumber",),
)
def create_virtual_mfa_device(call: Call, _: None, request: "CreateVirtualMFADeviceRequestTypeDef") -> Response:
    """Make a virtual MFA device. Its seed stands in this answer and nowhere else.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html
    """
    name = request["VirtualMFADeviceName"]
    if len(name) > NAME_LENGTH_MAX:
        raise ValidationFailed(
            "1 validation error detected: Value at 'virtualMFADeviceName' failed to satisfy constraint: "
            f"Member must have length less than or equal to {NAME_LENGTH_MAX}"
        )
    tags = requested_tags(request.get("Tags", ()))
    if tags:
        call.authorise("iam:TagMFADevice", _to_create(call, request).resource, creating(call, request))
    if call.store.get(MFA_DEVICES, call.account_id, name_key(name)) is not None:
        raise EntityAlreadyExists("MFADevice entity at the same path and name already exists.")
    seed = call.random_bytes(SEED_BYTES)
    device = MfaDeviceRecord(
        account_id=call.account_id,
        name=name,
        name_key=name_key(name),
        path=request.get("Path", "/"),
        created_at=float(int(call.now)),
        seed=SecretBytes(seed),
        tags=tags,
    )
    call.store.insert(MFA_DEVICES, device)
    return {
        "VirtualMFADevice": {
            "SerialNumber": device.arn,
            "Base32StringSeed": base64.b32encode(seed),
            "QRCodePNG": qr_code(name, call.account_id, seed),
            "Tags": views.tag_list(tags) or None,
        }
    }


def _held_keys(call: Call, owner: Owner) -> tuple[str, ...]:
    return owner.mfa_keys if isinstance(owner, UserRecord) else settings_of(call).root_mfa_keys


def _keep_held_keys(call: Call, owner: Owner, keys: tuple[str, ...]) -> None:
    if isinstance(owner, UserRecord):
        call.store.replace(USERS, msgspec.structs.replace(owner, mfa_keys=keys))
    else:
        keep_settings(call, msgspec.structs.replace(settings_of(call), root_mfa_keys=keys))


def _owner_id(owner: Owner) -> str:
    return owner.unique_id if isinstance(owner, UserRecord) else owner.account_id


def _proved_step(device: MfaDeviceRecord, first: str, second: str, now: float) -> int:
    """Return the step of the second of two consecutive codes. Raises InvalidAuthenticationCode."""
    step = step_of(device.seed, second, now, NEVER)
    if step is None or code_at(device.seed, step - 1) != first:
        raise InvalidAuthenticationCode("Authentication code for device is not valid.")
    return step


@IAM.operation(
    "EnableMFADevice",
    action="iam:EnableMFADevice",
    resource=user_or_caller,
    hidden=("AuthenticationCode1", "AuthenticationCode2"),
)
def enable_mfa_device(call: Call, owner: Owner, request: "EnableMFADeviceRequestTypeDef") -> Response:
    """Give a device to a user, who proves with two consecutive codes that it holds the seed.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html
    """
    device = MFA_DEVICE.require(call, request["SerialNumber"])
    if device.owner_id is not None:
        raise EntityAlreadyExists("MFA Device is already in use.")
    keys = _held_keys(call, owner)
    if len(keys) >= MFA_DEVICES_PER_USER:
        raise LimitExceeded.of("MFADevicesPerUser", MFA_DEVICES_PER_USER)
    step = _proved_step(device, request["AuthenticationCode1"], request["AuthenticationCode2"], call.now)
    enabled = msgspec.structs.replace(device, owner_id=_owner_id(owner), enabled_at=float(int(call.now)), last_step=step)
    call.store.replace(MFA_DEVICES, enabled)
    _keep_held_keys(call, owner, (*keys, device.name_key))
    return {}


def _held(call: Call, owner: Owner, serial: str) -> MfaDeviceRecord:
    device = MFA_DEVICE.find(call.store, call.account_id, serial)
    if device is None or device.owner_id != _owner_id(owner):
        raise NoSuchEntity(f"MFA Device with serial number {serial} cannot be found.")
    return device


@IAM.operation(
    "ResyncMFADevice",
    action="iam:ResyncMFADevice",
    resource=USER.in_request,
    hidden=("AuthenticationCode1", "AuthenticationCode2"),
)
def resync_mfa_device(call: Call, user: UserRecord, request: "ResyncMFADeviceRequestTypeDef") -> Response:
    """Take two consecutive codes as proof that a device and the server agree.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResyncMFADevice.html
    """
    device = _held(call, user, request["SerialNumber"])
    step = _proved_step(device, request["AuthenticationCode1"], request["AuthenticationCode2"], call.now)
    call.store.replace(MFA_DEVICES, msgspec.structs.replace(device, last_step=max(step, device.last_step)))
    return {}


@IAM.operation("DeactivateMFADevice", action="iam:DeactivateMFADevice", resource=user_or_caller)
def deactivate_mfa_device(call: Call, owner: Owner, request: "DeactivateMFADeviceRequestTypeDef") -> Response:
    """Take a device from its user.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeactivateMFADevice.html
    """
    device = _held(call, owner, request["SerialNumber"])
    call.store.replace(MFA_DEVICES, msgspec.structs.replace(device, owner_id=None, enabled_at=None))
    _keep_held_keys(call, owner, tuple(key for key in _held_keys(call, owner) if key != device.name_key))
    return {}


@IAM.operation("DeleteVirtualMFADevice", action="iam:DeleteVirtualMFADevice", resource=MFA_DEVICE.in_request)
def delete_virtual_mfa_device(call: Call, device: MfaDeviceRecord, _: object) -> Response:
    """Delete a device that no user has.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteVirtualMFADevice.html
    """
    if device.owner_id is not None:
        raise DeleteConflict("MFA Device currently in use.")
    call.store.delete(MFA_DEVICES, device.account_id, device.name_key)
    return {}


@IAM.operation("ListMFADevices", action="iam:ListMFADevices", resource=user_or_caller)
def list_mfa_devices(call: Call, owner: Owner, request: "ListMFADevicesRequestTypeDef") -> Response:
    """List a user's devices.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html
    """
    found = (call.store.get(MFA_DEVICES, call.account_id, key) for key in _held_keys(call, owner))
    devices, end = page_of(call, request, (d for d in found if d is not None), lambda device: device.name_key)
    name = owner.name if isinstance(owner, UserRecord) else "root"
    return {"MFADevices": [{"UserName": name, "SerialNumber": d.arn, "EnableDate": d.enabled_at} for d in devices]} | end


@IAM.operation("GetMFADevice", action="iam:GetMFADevice", resource=user_or_caller)
def get_mfa_device(call: Call, owner: Owner, request: "GetMFADeviceRequestTypeDef") -> Response:
    """Return a user's device.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetMFADevice.html
    """
    device = _held(call, owner, request["SerialNumber"])
    name = owner.name if isinstance(owner, UserRecord) else None
    return {"UserName": name, "SerialNumber": device.arn, "EnableDate": device.enabled_at}


@IAM.operation("ListVirtualMFADevices", action="iam:ListVirtualMFADevices", resource=ANY_RESOURCE)
def list_virtual_mfa_devices(call: Call, request: "ListVirtualMFADevicesRequestTypeDef") -> Response:
    """List the account's devices, and who has them.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListVirtualMFADevices.html
    """
    status = request.get("AssignmentStatus", "Any")

    def wanted(device: MfaDeviceRecord) -> bool:
        return status == "Any" or (status == "Assigned") == (device.owner_id is not None)

    devices, end = scan_page(call, request, MFA_DEVICES, call.account_id, wanted=wanted)
    return {"VirtualMFADevices": [_listed(call, device) for device in devices]} | end


def _listed(call: Call, device: MfaDeviceRecord) -> dict[str, Any]:
    return {"SerialNumber": device.arn, "EnableDate": device.enabled_at, "User": _owner_view(call, device)}


def _owner_view(call: Call, device: MfaDeviceRecord) -> dict[str, Any] | None:
    if device.owner_id is None:
        return None
    if device.owner_id == device.account_id:
        return {"UserId": device.account_id, "Arn": root_arn(device.account_id), "CreateDate": root_account(call).created_at}
    user = call.store.get(USERS, device.account_id, device.owner_id)
    return views.listed_user(user) if user is not None else None
