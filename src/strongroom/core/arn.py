"""Amazon Resource Names: reading and writing them.

Source: IAM User Guide, "Amazon Resource Names (ARNs)".
"""

from typing import NamedTuple

PARTITION = "aws"
_PARTS = 6


class Arn(NamedTuple):
    """The six parts of `arn:partition:service:region:account-id:resource`."""

    partition: str
    service: str
    region: str
    account_id: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account_id}:{self.resource}"


def parse_arn(text: str) -> Arn | None:
    """Return the parts of `text`, or None if it is no ARN. The resource part may hold colons."""
    parts = text.split(":", _PARTS - 1)
    if len(parts) != _PARTS or parts[0] != "arn" or not parts[5]:
        return None
    return Arn(parts[1], parts[2], parts[3], parts[4], parts[5])


def format_arn(service: str, region: str, account_id: str, resource: str) -> str:
    """Return `arn:aws:service:region:account_id:resource`."""
    return f"arn:{PARTITION}:{service}:{region}:{account_id}:{resource}"


def root_arn(account_id: str) -> str:
    """Return the ARN that names an account, and its root user, in policies."""
    return f"arn:{PARTITION}:iam::{account_id}:root"
