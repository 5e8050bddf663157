"""Pure decisions of IAM."""
