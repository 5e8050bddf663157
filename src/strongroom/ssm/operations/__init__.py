"""Parameter Store operations, one file for each noun. Importing this package registers them all."""

from strongroom.ssm.operations import deletion, history, labels, listing, paths, policies, put, settings, tagging, values

__all__ = ["deletion", "history", "labels", "listing", "paths", "policies", "put", "settings", "tagging", "values"]
