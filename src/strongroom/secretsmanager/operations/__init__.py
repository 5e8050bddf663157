"""Secrets Manager operations, one file for each noun. Importing this package registers them all."""

from strongroom.secretsmanager.operations import (
    batch,
    deletion,
    listing,
    passwords,
    policies,
    secrets,
    tagging,
    values,
    versions,
)

__all__ = ["batch", "deletion", "listing", "passwords", "policies", "secrets", "tagging", "values", "versions"]
