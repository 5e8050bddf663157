"""The operations of Lambda; importing this registers them."""

from strongroom.functions.operations import code, functions, invoke, permissions, tags

__all__ = ["code", "functions", "invoke", "permissions", "tags"]
