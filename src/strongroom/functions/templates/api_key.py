"""A generic key: a new random value takes the place of the old one. What uses it reads it from the secret.

The secret is the key itself, or JSON in which one member is the key; the other members stay.
"""

import json
from typing import Any

from strongroom.functions.templates.secret import CURRENT, PENDING, Rotation, RotationError

MEMBERS = ("apiKey", "api_key", "key", "token", "password")
LENGTH = 64
_NOT_ALPHANUMERIC = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


def rotate(event: dict[str, Any], _context: Any) -> None:
    """Carry out one step; there is no other system to set the key in, so setSecret does nothing."""
    rotation = Rotation(event)
    if rotation.is_done():
        return
    step = event["Step"]
    if step == "createSecret":
        _create(rotation)
    elif step == "testSecret" and not rotation.text(PENDING):
        raise RotationError("the new version has no value")
    elif step == "finishSecret":
        rotation.finish()


def _create(rotation: Rotation) -> None:
    if rotation.text(PENDING) is None:
        key = rotation.new_password(_NOT_ALPHANUMERIC, LENGTH)
        rotation.store(_with_key(rotation.text(CURRENT) or "", key))


def _with_key(text: str, key: str) -> str:
    try:
        fields = json.loads(text)
    except ValueError:
        return key
    if not isinstance(fields, dict):
        return key
    member = next((name for name in MEMBERS if name in fields), None)
    if member is None:
        raise RotationError(f"the secret's JSON has none of the members {', '.join(MEMBERS)}")
    return json.dumps({**fields, member: key})
