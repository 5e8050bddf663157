"""Pure decisions of IAM: names, quotas."""
