"""Time-based one-time passwords and the virtual devices that show them.

Source: RFC 4226 (HOTP), RFC 6238 (TOTP): SHA-1, 6 digits, 30 seconds, as AWS's virtual MFA devices.
"""

import hmac
import struct
from collections import OrderedDict
from threading import Lock

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
MOST_WRONG_CODES = 5
WRONG_CODE_SECONDS = 600.0
DEVICES_REMEMBERED = 10_000
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


class WrongCodes:
    """What this process remembers of wrong codes: six digits are soon guessed by who may try as often as he likes.

    Once a device has had MOST_WRONG_CODES within WRONG_CODE_SECONDS, no code of it is looked at, right or wrong, until they are that old.
    """

    def __init__(self) -> None:
        self._times: OrderedDict[str, tuple[float, ...]] = OrderedDict()
        self._lock = Lock()

    def may_try(self, serial: str, now: float) -> bool:
        """Return whether a code of this device may be looked at."""
        return len(self._recent(serial, now)) < MOST_WRONG_CODES

    def note(self, serial: str, now: float) -> None:
        """Remember a wrong code; those that were tried in vain do not lengthen the wait."""
        with self._lock:
            times = self._recent(serial, now)
            if len(times) < MOST_WRONG_CODES:
                self._times[serial] = (*times, now)
                self._times.move_to_end(serial)
            if len(self._times) > DEVICES_REMEMBERED:
                self._times.popitem(last=False)

    def _recent(self, serial: str, now: float) -> tuple[float, ...]:
        return tuple(time for time in self._times.get(serial, ()) if abs(now - time) < WRONG_CODE_SECONDS)


WRONG_CODES = WrongCodes()


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
    step = step_of(device.seed, code, now, device.last_step) if WRONG_CODES.may_try(device.arn, now) else None
    if step is None:
        WRONG_CODES.note(device.arn, now)
        raise AccessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code.")
    store.replace(MFA_DEVICES, msgspec.structs.replace(device, last_step=step))


def _owner_id(principal: Principal) -> str | None:
    return principal.account_id if principal.facts.type is PrincipalType.ROOT else principal.facts.unique_id
