"""Ids of IAM's things, and access key ids, which carry the account as AWS's do.

Source: IAM User Guide, "IAM identifiers"; the layout of access key ids is AWS's since 2019: 16 base32
characters after the prefix hold a set bit, 40 bits of account id and 39 random bits.
"""

import base64
import re

from strongroom.core.ids import RandomBytes

USER_PREFIX = "AIDA"
ROLE_PREFIX = "AROA"
GROUP_PREFIX = "AGPA"
POLICY_PREFIX = "ANPA"
INSTANCE_PROFILE_PREFIX = "AIPA"
ACCESS_KEY_PREFIX = "AKIA"
SESSION_KEY_PREFIX = "ASIA"
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_ACCESS_KEY_ID = re.compile(r"(?:AKIA|ASIA)([A-Z2-7]{16})")
_RANDOM_BITS = 39
_ACCOUNT_MASK = (1 << 40) - 1
_FIRST_BIT = 1 << 79


def is_account_id(text: str) -> bool:
    """Return whether `text` is 12 digits."""
    return _ACCOUNT_ID.fullmatch(text) is not None


def new_access_key_id(prefix: str, account_id: str, random_bytes: RandomBytes) -> str:
    """Return an id of 20 characters: AKIA (long-lived) or ASIA (session), the account, and random bits."""
    noise = int.from_bytes(random_bytes(5)) >> 1
    number = _FIRST_BIT | int(account_id) << _RANDOM_BITS | noise
    return prefix + base64.b32encode(number.to_bytes(10)).decode()


def account_of_access_key_id(access_key_id: str) -> str | None:
    """Return the account that a well-formed access key id carries, or None."""
    match = _ACCESS_KEY_ID.fullmatch(access_key_id)
    if match is None:
        return None
    account = int.from_bytes(base64.b32decode(match[1])) >> _RANDOM_BITS & _ACCOUNT_MASK
    text = f"{account:012d}"
    return text if is_account_id(text) else None
