"""Secret names, and the three ways to name a secret: its name, its ARN, and its ARN without the last seven characters.

Source: Secrets Manager User Guide, "Finding a secret from a partial ARN"; forms as recorded from AWS.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from strongroom.core.arn import format_arn, parse_arn
from strongroom.secretsmanager.errors import InvalidName

_NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]{1,512}")
_COMPLETE = re.compile(r"(.+)-([A-Za-z0-9]{6})")
_RESOURCE = "secret:"
SUFFIX_LENGTH = 6
KEPT_REFERENCES = 4096
UNKNOWN_SUFFIX = "?" * SUFFIX_LENGTH


@dataclass(frozen=True, slots=True)
class SecretReference:
    """What a SecretId says. `account_id` and `region` are None for a bare name, `suffix` is None unless the ARN is complete."""

    name: str
    account_id: str | None = None
    region: str | None = None
    suffix: str | None = None


def ensure_name(name: str) -> None:
    """Return if `name` may name a secret. Raises InvalidName."""
    if not _NAME.fullmatch(name):
        raise InvalidName


@lru_cache(KEPT_REFERENCES)
def parse_secret_id(secret_id: str) -> SecretReference:
    """Return what a SecretId names. Raises InvalidName if it is neither a secret's ARN nor a name.

    An ARN that ends in a hyphen and six alphanumerics is taken as complete, so a secret whose own
    name ends that way is not found by a partial ARN.
    """
    arn = parse_arn(secret_id)
    if arn is None or arn.service != "secretsmanager" or not arn.resource.startswith(_RESOURCE):
        ensure_name(secret_id)
        return SecretReference(secret_id)
    resource = arn.resource[len(_RESOURCE) :]
    ensure_name(resource)
    if complete := _COMPLETE.fullmatch(resource):
        return SecretReference(complete[1], arn.account_id, arn.region, complete[2])
    return SecretReference(resource, arn.account_id, arn.region)


def secret_arn(region: str, account_id: str, name: str, suffix: str = UNKNOWN_SUFFIX) -> str:
    """Return the ARN of a secret; with the default, of one whose suffix nobody knows, as policies match it."""
    return format_arn("secretsmanager", region, account_id, f"{_RESOURCE}{name}-{suffix}")
