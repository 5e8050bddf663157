"""Accounts, principals, their policies, access keys and sessions: records and resolution."""
