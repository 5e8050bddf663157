"""Key identifiers: ids, ARNs, alias names and alias ARNs.

Source: KMS Developer Guide, "Key identifiers (KeyId)".
"""

import re
from functools import lru_cache
from typing import NamedTuple

from strongroom.core.arn import format_arn, parse_arn
from strongroom.kms.errors import InvalidKeyId, WrongRegion

ALIAS_PREFIX = "alias/"
MULTI_REGION_PREFIX = "mrk-"
KEPT_ARNS = 4096
_KEY_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")
_ACCOUNT_ID = re.compile(r"[0-9]{12}")


class KeyName(NamedTuple):
    """What a KeyId says: the account (None is the caller's own), and either a key id or an alias name."""

    account_id: str | None
    key_id: str | None
    alias_name: str | None


def is_key_id(text: str) -> bool:
    """Return whether `text` has the shape of a key id: a lower-case UUID, or mrk- and 32 hexadecimal digits."""
    return _KEY_ID.fullmatch(text) is not None


@lru_cache(KEPT_ARNS)
def key_arn(region: str, account_id: str, key_id: str) -> str:
    """Return the ARN of a key."""
    return format_arn("kms", region, account_id, f"key/{key_id}")


def alias_arn(region: str, account_id: str, alias_name: str) -> str:
    """Return the ARN of an alias; its name includes `alias/`."""
    return format_arn("kms", region, account_id, alias_name)


def parse_key_name(text: str, region: str, *, aliases: bool) -> KeyName:
    """Read a key identifier sent to `region`.

    Args:
        aliases: whether the operation takes alias names and alias ARNs.

    Raises:
        InvalidKeyId: no identifier, or an alias where none is taken.
        WrongRegion: an ARN of another Region.
    """
    if is_key_id(text):
        return KeyName(None, text, None)
    if text.startswith("arn:"):
        return _parse_key_arn(text, region, aliases=aliases)
    if aliases and text.startswith(ALIAS_PREFIX):
        return KeyName(None, None, text)
    raise InvalidKeyId(text)


def _parse_key_arn(text: str, region: str, *, aliases: bool) -> KeyName:
    arn = parse_arn(text)
    if arn is None or (arn.partition, arn.service) != ("aws", "kms") or not _ACCOUNT_ID.fullmatch(arn.account_id):
        raise InvalidKeyId(text)
    if arn.region != region:
        raise WrongRegion(arn.region)
    kind, _, name = arn.resource.partition("/")
    if kind == "key" and is_key_id(name):
        return KeyName(arn.account_id, name, None)
    if aliases and kind == "alias" and name:
        return KeyName(arn.account_id, None, arn.resource)
    raise InvalidKeyId(text)


def alias_in(text: str) -> str | None:
    """Return the alias name that a KeyId holds (`alias/x` or an alias ARN), or None. For kms:RequestAlias."""
    if text.startswith(ALIAS_PREFIX):
        return text
    arn = parse_arn(text)
    return arn.resource if arn and arn.resource.startswith(ALIAS_PREFIX) else None
