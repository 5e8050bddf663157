"""Pure decisions of KMS: states, key specs, encryption context, limits."""
