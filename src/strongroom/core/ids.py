"""Identifiers in AWS's shapes. Randomness comes in as an argument.

Source: IAM User Guide, "IAM identifiers" (unique ID prefixes); RFC 9562 for UUIDs.
"""

import base64
from collections.abc import Callable

RandomBytes = Callable[[int], bytes]

UUID_BYTES = 16
ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
UNIQUE_ID_LENGTH = 21
ACCESS_KEY_ID_LENGTH = 20
SECRET_ACCESS_KEY_BYTES = 30
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
_UNBIASED = 256 - 256 % len(ALPHANUMERIC)


def uuid4(random_bytes: RandomBytes) -> str:
    """Return a random UUID (version 4), lower case with dashes."""
    return uuid_of(random_bytes(UUID_BYTES))


def uuid_of(random: bytes) -> str:
    """Return the UUID (version 4) that 16 random bytes make."""
    text = random.hex()
    # the version stands in the 13th digit, the variant (binary 10) at the top of the 17th
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:]}"


def alphanumeric(random_bytes: RandomBytes, length: int) -> str:
    """Return `length` characters drawn evenly from A-Z, a-z and 0-9."""
    out: list[str] = []
    while len(out) < length:
        out.extend(ALPHANUMERIC[b % len(ALPHANUMERIC)] for b in random_bytes(length) if b < _UNBIASED)
    return "".join(out[:length])


def unique_id(random_bytes: RandomBytes, prefix: str, length: int = UNIQUE_ID_LENGTH) -> str:
    """Return an IAM unique id such as AIDA... or AKIA...: the prefix and base32 characters, `length` in all."""
    body = base64.b32encode(random_bytes(length)).decode()
    return (prefix + body)[:length]


def secret_access_key(random_bytes: RandomBytes) -> str:
    """Return 40 characters of base64 that hold 240 random bits."""
    return base64.b64encode(random_bytes(SECRET_ACCESS_KEY_BYTES)).decode()
