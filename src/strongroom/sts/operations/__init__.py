"""The operations of STS; importing this package registers them."""

from strongroom.sts.operations import assume_role, assume_root, callers, user_sessions, web_identity

__all__ = ["assume_role", "assume_root", "callers", "user_sessions", "web_identity"]
