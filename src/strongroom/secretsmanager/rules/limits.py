"""Quotas and bounds of Secrets Manager.

Source: Secrets Manager User Guide, "AWS Secrets Manager quotas".
"""

MOST_VALUE_BYTES = 65_536
MOST_VERSIONS = 100
PRUNING_AGE = 24 * 3600.0  # seconds; younger versions are never pruned
MOST_LABELS = 20
MOST_TAGS = 50
RECOVERY_DAYS = 30
LEAST_RECOVERY_DAYS = 7
MOST_RECOVERY_DAYS = 30
PASSWORD_LENGTH = 32
MOST_LISTED = 100
MOST_BATCHED = 20
DAY = 86_400.0
