"""Secrets Manager operations, one file for each noun. Importing this package registers them all."""

from strongroom.secretsmanager.operations import (
    accounts,
    batch,
    deletion,
    listing,
    passwords,
    policies,
    replicas,
    rotation,
    secrets,
    tagging,
    values,
    versions,
)

__all__ = [
    "accounts",
    "batch",
    "deletion",
    "listing",
    "passwords",
    "policies",
    "replicas",
    "rotation",
    "secrets",
    "tagging",
    "values",
    "versions",
]
