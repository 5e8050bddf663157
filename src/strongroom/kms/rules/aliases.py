"""Alias names, and what an alias may be pointed at.

Source: KMS API Reference, CreateAlias and UpdateAlias.
"""

from strongroom.core.errors import ValidationFailed
from strongroom.kms.errors import InvalidAliasName, LimitExceeded, NotAuthorized
from strongroom.kms.records import KeyRecord
from strongroom.kms.rules.identifiers import ALIAS_PREFIX
from strongroom.kms.rules.limits import ALIASES_PER_KEY
from strongroom.kms.rules.specs import spec_named

RESERVED_PREFIX = "alias/aws/"


def ensure_alias_name(name: str) -> None:
    """Return if a customer may create, move or delete an alias of this name.

    Raises:
        ValidationFailed: no `alias/` prefix, or a colon.
        NotAuthorized: names under alias/aws/ are AWS's own.
        InvalidAliasName: nothing after the prefix.
    """
    if not name.startswith(ALIAS_PREFIX):
        raise ValidationFailed(
            'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html'
        )
    if name.startswith(RESERVED_PREFIX):
        raise NotAuthorized
    if ":" in name:
        raise ValidationFailed(f"{name} contains invalid characters for an alias")
    if name == ALIAS_PREFIX:
        raise InvalidAliasName("Alias must not be empty")


def ensure_key_target(text: str) -> None:
    """Return if an alias may be pointed at `text`. Raises ValidationFailed for another alias."""
    if text.startswith(ALIAS_PREFIX) or ":alias/" in text:
        raise ValidationFailed("Aliases must refer to keys. Not aliases")


def ensure_room_for_alias(key: KeyRecord) -> None:
    """Return if `key` may have one alias more. Raises LimitExceeded."""
    if len(key.aliases) >= ALIASES_PER_KEY:
        raise LimitExceeded(f"{key.arn} already has the maximum number of aliases, {ALIASES_PER_KEY}.")


def ensure_same_kind(old: KeyRecord, new: KeyRecord) -> None:
    """Return if an alias may move from `old` to `new`: same usage and same family. Raises ValidationFailed."""
    if old.usage != new.usage or spec_named(old.spec).family is not spec_named(new.spec).family:
        raise ValidationFailed("Aliases can only be moved between KMS keys of the same type and key usage.")
