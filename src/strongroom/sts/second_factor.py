"""SerialNumber and TokenCode of a request."""

from collections.abc import Mapping
from typing import Any

from strongroom.calls.call import Call
from strongroom.core.errors import ValidationFailed
from strongroom.identity.mfa import prove_second_factor


def second_factor(call: Call, request: Mapping[str, Any]) -> bool:
    """Return whether the request proves a second factor, and use its code up. Raises AccessDenied for a wrong one."""
    serial, code = request.get("SerialNumber"), request.get("TokenCode")
    if serial is None and code is None:
        return False
    if serial is None or code is None:
        raise ValidationFailed("Both SerialNumber and TokenCode must be provided together")
    prove_second_factor(call.store, call.principal, serial, code, call.now)
    return True
