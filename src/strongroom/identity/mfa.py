"""Time-based one-time passwords and the virtual devices that show them.

Source: RFC 4226 (HOTP), RFC 6238 (TOTP): SHA-1, 6 digits, 30 seconds, as AWS's virtual MFA devices.
"""

import hmac
import struct

import msgspec

from strongroom.core.arn import parse_arn
from strongroom.core.errors import AccessDenied
from strongroom.core.secret import SecretBytes
from strongroom.identity.principal import Principal
from strongroom.identity.records import MfaDeviceRecord, name_key
from strongroom.identity.tables import MFA_DEVICES
from strongroom.policy.decision import PrincipalType
from strongroom.storage.ports import Store

STEP_SECONDS = 30
DIGITS = 6
DRIFT_STEPS = 1  # a code is taken one step early or late


def code_at(seed: SecretBytes, step: int) -> str:
    """Return the 6 digits that belong to a time step."""
    digest = hmac.digest(seed.reveal(), struct.pack(">Q", step), "sha1")
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 0x0F)
    return f"{(number & 0x7FFFFFFF) % 10**DIGITS:0{DIGITS}d}"


def step_of(seed: SecretBytes, code: str, now: float, after: int) -> int | None:
    """Return the time step around `now` and beyond `after` that `code` belongs to, or None."""
    current = int(now) // STEP_SECONDS
    for step in range(max(current - DRIFT_STEPS, after + 1), current + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at(seed, step), code):
            return step
    return None


def device_by_serial(store: Store, serial: str) -> MfaDeviceRecord | None:
    """Return the virtual device whose serial number (an ARN) is `serial`."""
    parts = parse_arn(serial)
    if parts is None or not parts.resource.startswith("mfa/"):
        return None
    device = store.get(MFA_DEVICES, parts.account_id, name_key(parts.resource.rpartition("/")[2]))
    return device if device is not None and device.arn == serial else None


def prove_second_factor(store: Store, principal: Principal, serial: str, code: str, now: float) -> None:
    """Return if `code` is the current one of a device of `principal`, and use it up. Raises AccessDenied."""
    device = device_by_serial(store, serial)
    if device is None or device.owner_id is None or device.owner_id != _owner_id(principal):
        raise AccessDenied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  "
            "Please verify your MFA serial number is valid and associated with this user."
        )
    step = step_of(device.seed, code, now, device.last_step)
    if step is None:
        raise AccessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code.")
    store.replace(MFA_DEVICES, msgspec.structs.replace(device, last_step=step))


def _owner_id(principal: Principal) -> str | None:
    return principal.account_id if principal.facts.type is PrincipalType.ROOT else principal.facts.unique_id
