"""CloudTrail operations."""
