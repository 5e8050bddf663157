"""KMS operations, one file for each noun. Importing this package registers all of them."""

from strongroom.kms.operations import (
    aliases,
    cipher,
    data_keys,
    deletion,
    grants,
    keys,
    multi_region,
    policies,
    random,
    reencrypt,
    retiring,
    rotation,
    tags,
)

__all__ = [
    "aliases",
    "cipher",
    "data_keys",
    "deletion",
    "grants",
    "keys",
    "multi_region",
    "policies",
    "random",
    "reencrypt",
    "retiring",
    "rotation",
    "tags",
]
