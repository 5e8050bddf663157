"""Sealed record tables over SQL: unit of work, change feed, cache, leases, schema."""
