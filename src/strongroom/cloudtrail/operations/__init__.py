"""CloudTrail operations, one file for each noun. Importing this package registers all of them."""

from strongroom.cloudtrail.operations import lookup

__all__ = ["lookup"]
