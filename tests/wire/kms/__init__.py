"""KMS over the wire."""
