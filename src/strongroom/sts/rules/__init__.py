"""Pure decisions of STS."""
