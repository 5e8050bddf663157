"""STS operations."""
